import { describe, expect, it } from '@jest/globals';
import { notOkFlag } from '../../service/contract/instance.ts';
import { silence } from '../silences/fixture.ts';
import { createFixture, type Fixture, orion } from './fixture.ts';

const a = orion('a');
const notOk = { status: 'not_ok', message: 'no connection to the database' } as const;

/** Sends some heartbeats, 10 s apart. */
async function beats(fixture: Fixture, count: number, fields: object = {}): Promise<void> {
  for (let n = 0; n < count; n++) {
    fixture.send(a, { intervalSeconds: 10, ...fields });
    await fixture.run(10_000);
  }
}

const statusEvents = ({ disk }: Fixture) =>
  disk.events.filter(({ kind }) => kind.startsWith('status.'));

function statusOf({ registry, evaluator }: Fixture) {
  const ref = registry.find(a) ?? -1;
  return {
    isNotOk: (registry.flags(ref) & notOkFlag) !== 0,
    message: evaluator.statusMessage(ref),
    state: registry.state(ref),
  };
}

describe('StatusReports', () => {
  it('reports each change of the status once, and the state stays up', async () => {
    const fixture = createFixture();
    await beats(fixture, 3);
    await beats(fixture, 3, notOk);
    expect(statusOf(fixture)).toEqual({ isNotOk: true, message: notOk.message, state: 'up' });
    expect(fixture.evaluator.status().notOk).toBe(1);
    await beats(fixture, 3);
    expect(statusOf(fixture)).toEqual({ isNotOk: false, message: undefined, state: 'up' });
    expect(fixture.evaluator.status().notOk).toBe(0);
    expect(fixture.kinds(a)).toEqual(['started', 'status.not_ok', 'status.ok']);
    expect(statusEvents(fixture)).toMatchObject([
      {
        subject: a,
        state: 'up',
        reason:
          'The instance is alive and reports that it is not ok: no connection to the database.',
        data: { message: notOk.message },
      },
      { subject: a, state: 'up', reason: 'The instance reports that it is ok again.' },
    ]);
  });

  it('reports an instance whose first heartbeat is not ok after its start', async () => {
    const fixture = createFixture();
    await beats(fixture, 1, { status: 'not_ok' });
    expect(fixture.kinds(a)).toEqual(['started', 'status.not_ok']);
    expect(statusEvents(fixture)[0]?.reason).toBe(
      'The instance is alive and reports that it is not ok.',
    );
  });

  it('does not apply the status of history', async () => {
    const fixture = createFixture();
    await beats(fixture, 3);
    const timestampMs = fixture.time.clock.now() - 3_600_000;
    fixture.send(a, { ...notOk, timestampMs });
    await fixture.run(1_000);
    expect(statusEvents(fixture)).toEqual([]);
  });

  it('reports each change once, whenever the process dies', async () => {
    const fixture = createFixture({ checkpointEveryMs: 3_600_000 });
    await beats(fixture, 2);
    for (let n = 0; n < 3; n++) {
      await beats(fixture, 2, notOk);
      fixture.kill();
      fixture.start();
      await fixture.run(1_000);
    }
    expect(statusOf(fixture).isNotOk).toBe(true);
    expect(fixture.evaluator.status().notOk).toBe(1);
    await beats(fixture, 1);
    fixture.kill();
    fixture.start();
    await beats(fixture, 1);
    expect(statusEvents(fixture).map(({ kind }) => kind)).toEqual(['status.not_ok', 'status.ok']);
  });

  it('survives late, down and recovered, and ends with the instance', async () => {
    const fixture = createFixture();
    await beats(fixture, 2, notOk);
    await fixture.run(60_000);
    expect(statusOf(fixture)).toMatchObject({ isNotOk: true, state: 'down' });
    await beats(fixture, 1, notOk);
    expect(fixture.kinds(a)).toEqual(['started', 'status.not_ok', 'late', 'down', 'recovered']);
    await beats(fixture, 1, { status: 'stopping' });
    expect(statusOf(fixture)).toEqual({ isNotOk: false, message: undefined, state: 'retired' });
    expect(fixture.evaluator.status().notOk).toBe(0);
    expect(fixture.kinds(a).at(-1)).toBe('retired');
  });

  it('reports a status that changes often when it stays the same', async () => {
    const fixture = createFixture({ liveness: { flapping: { changes: 3, seconds: 120 } } });
    await beats(fixture, 1);
    for (let n = 0; n < 20; n++) await beats(fixture, 1, n % 2 === 0 ? notOk : {});
    expect(statusEvents(fixture)).toHaveLength(4);
    expect(statusEvents(fixture).at(-1)?.reason).toMatch(/further changes are reported later/);
    await beats(fixture, 20, notOk);
    expect(statusEvents(fixture)).toHaveLength(5);
    expect(statusEvents(fixture).at(-1)?.kind).toBe('status.not_ok');
  });

  it('is silenced, and reported when the silence ends while it lasts', async () => {
    const fixture = createFixture();
    await beats(fixture, 2);
    const id = await silence(fixture);
    await beats(fixture, 2, notOk);
    await fixture.evaluator.silences.end(id);
    await beats(fixture, 2, notOk);
    await beats(fixture, 2);
    expect(statusEvents(fixture)).toMatchObject([
      { kind: 'status.not_ok', silencedBy: id },
      { kind: 'status.not_ok' },
      { kind: 'status.ok' },
    ]);
    expect(statusEvents(fixture).filter(({ silencedBy }) => silencedBy === id)).toHaveLength(1);
  });

  it('notifies the end of what was notified, also during a silence', async () => {
    const fixture = createFixture();
    await beats(fixture, 2, notOk);
    await silence(fixture);
    await beats(fixture, 2);
    expect(statusEvents(fixture).map(({ silencedBy }) => silencedBy)).toEqual([
      undefined,
      undefined,
    ]);
  });
});
