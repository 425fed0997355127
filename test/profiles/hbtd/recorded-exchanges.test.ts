import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FakeHsm, startFakeHsm } from '../../support/fake-hsm.ts';
import { hbtdClient, hbtdSettings } from '../../support/hbtd.ts';
import {
  compareWithAllowed,
  componentOf,
  type Difference,
  differencesOf,
  type Outcome,
  type RecordedExchange,
  readAllowed,
  readExchanges,
  recordedHsm,
  recordedOutcome,
  recordedParameters,
  replay,
} from '../../support/hbtd-recordings.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

let hsm: FakeHsm;
let service: LocalService;
const client = hbtdClient(() => service.hbtdPort);

beforeAll(async () => {
  hsm = await startFakeHsm();
  service = await startService({
    ...hbtdSettings,
    HBTD_SM_URL: hsm.url,
    HBTD_WARNTIME: '5000',
    HBTD_ERRTIME: '6000',
    HBTD_INTERVAL: '1',
    HBTD_USE_TELEMETRY: '0',
    HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '500',
  });
});
afterAll(async () => {
  await service.stop();
  await hsm.stop();
});

/** Brings the service into the state that hbtd had. */
async function prepare({ given, heartbeating }: RecordedExchange): Promise<void> {
  const parameters =
    given === 'params' ? recordedParameters : { Kv_url: '', Sm_url: hsm.url, Telemetry_host: '' };
  await client.ask('PATCH', 'params', parameters);
  for (const name of heartbeating) {
    if (!(await client.isBeating(encodeURIComponent(name)))) {
      await client.post(`heartbeat/${encodeURIComponent(name)}`, { Status: 'OK', Timestamp: 'T0' });
    }
  }
}

async function outcomeOf(recorded: RecordedExchange): Promise<Outcome> {
  await prepare(recorded);
  const { status, headers, body } = await replay(service.hbtdPort, recorded);
  return {
    status: String(status),
    type: headers['content-type'] ?? '',
    location: headers['location'] ?? '',
    body: body.replaceAll(hsm.url, recordedHsm).replace('"Port":"0"', '"Port":"28500"'),
    started: '',
  };
}

const idsOf = (from: FakeHsm): Set<string> =>
  new Set(from.patches.flatMap(({ ComponentIDs }) => ComponentIDs));

describe('Recorded exchanges with hbtd', () => {
  it('differ in what the README of the profile lists, and in nothing else', async () => {
    const recordings = readExchanges();
    expect(recordings).toHaveLength(485);
    const outcomes: Outcome[] = [];
    for (const recorded of recordings) outcomes.push(await outcomeOf(recorded));
    // Nothing is waiting any more when the last component has arrived.
    await client.post('heartbeat/x9876', { Status: 'OK', Timestamp: 'T0' });
    await client.ask('PATCH', 'params', { Sm_url: hsm.url });
    await until(() => idsOf(hsm).has('x9876'));

    const told = idsOf(hsm);
    const differences = recordings.flatMap((recorded, index): Difference[] => {
      const here = outcomes[index];
      const component = componentOf(recorded);
      const started = component && here?.status === '200' && told.delete(component);
      return differencesOf(recorded.name, recordedOutcome(recorded), {
        ...(here ?? recordedOutcome(recorded)),
        started: started ? component : '',
      });
    });
    expect(compareWithAllowed(differences, readAllowed('Recorded exchanges that differ'))).toEqual({
      unlisted: [],
      unused: [],
    });
  }, 60_000);
});
