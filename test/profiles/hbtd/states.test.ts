import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Identity, InstanceState } from '../../../service/contract/instance.ts';
import { readState, readStates } from '../../../service/profiles/hbtd/states.ts';
import { hbtdBeat, hbtdClient, hbtdProblem, hbtdSettings } from '../../support/hbtd.ts';
import { type LocalService, startService } from '../../support/service.ts';

let service: LocalService;
const { get, post } = hbtdClient(() => service.hbtdPort);

beforeAll(async () => {
  service = await startService(hbtdSettings);
});
afterAll(async () => {
  expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await service.stop();
});

describe('POST /hmi/v1/hbstates', () => {
  it('answers in the order of the question, and as often', async () => {
    await post('heartbeat', hbtdBeat('x2c0s0b0n0'));
    const XNames = ['x9c9', 'x2c0s0b0n0', 'x2c0s0b0n1', 'x2c0s0b0n0', ''];
    expect(await post('hbstates', { xnames: XNames })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      json: {
        HBStates: [
          { XName: 'x9c9', Heartbeating: false },
          { XName: 'x2c0s0b0n0', Heartbeating: true },
          { XName: 'x2c0s0b0n1', Heartbeating: false },
          { XName: 'x2c0s0b0n0', Heartbeating: true },
          { XName: '', Heartbeating: false },
        ],
      },
    });
  });

  it.each([[{}], [{ XNames: [] }], [{ XNames: null }]])('says null to %j', async (body) => {
    expect(await post('hbstates', body)).toMatchObject({ status: 200, body: '{"HBStates":null}' });
  });

  it.each(['', 'nonsense', '[]', '{"XNames":"x0"}', '{"XNames":[1]}', '{"XNames":{}}'])(
    'refuses %j',
    async (body) => {
      expect(await post('hbstates', body)).toMatchObject(
        hbtdProblem(400, 'Error unmarshalling inbound request', 'hbstates'),
      );
    },
  );
});

describe('readStates', () => {
  it('lets other work run between thousands of names', async () => {
    const body = Buffer.from(JSON.stringify({ XNames: Array(100_000).fill('x0c0s0b0n0') }));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const { body: states } = await readStates(body, () => 'up', '1');
    clearInterval(counting);
    expect(JSON.parse(String(states)).HBStates).toHaveLength(100_000);
    expect(turns).toBeGreaterThan(5);
  });

  it('counts an instance as heartbeating while it is up or late', async () => {
    const states: Record<string, InstanceState> = {
      x0c0s0b0n0: 'up',
      x0c0s0b0n1: 'late',
      x0c0s0b0n2: 'down',
      x0c0s0b0n3: 'retired',
    };
    const stateOf = ({ instance }: Identity) => states[instance];
    const names = Object.keys(states);
    const { body } = await readStates(Buffer.from(JSON.stringify({ XNames: names })), stateOf, '1');
    expect(JSON.parse(String(body))).toEqual({
      HBStates: names.map((XName, n) => ({ XName, Heartbeating: n < 2 })),
    });
    for (const [n, name] of names.entries()) {
      expect(JSON.parse(String(readState(name, stateOf, '1').body))).toEqual({
        XName: name,
        Heartbeating: n < 2,
      });
    }
  });
});

describe('GET /hmi/v1/hbstate/{xname}', () => {
  it('says false of unknown components', async () => {
    expect(await get('hbstate/x9c0s0b0n0')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"XName":"x9c0s0b0n0","Heartbeating":false}',
    });
    expect(await get('hbstate/whoever')).toMatchObject({ status: 200 });
  });

  it('spells the name its own way', async () => {
    await post('heartbeat', hbtdBeat('x3c0s0b0n0'));
    expect(await get('hbstate/%20X03C0S00B0N0')).toMatchObject({
      json: { XName: 'x3c0s0b0n0', Heartbeating: true },
    });
  });
});
