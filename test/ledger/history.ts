import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import type { InstancePresence, Presence } from '../../service/contract/presence.ts';
import { StoreUnavailable } from '../../service/store/failure.ts';
import type { PresenceTable } from '../../service/store/presences/table.ts';
import { type LedgerFixture, nowMs, openLedger } from './fixture.ts';

/*
 * Any history of a ledger, beside a reference model: the plain union of what all heartbeats cover,
 * computed from scratch. Whatever order, duplicates, portions, failures of the store and crashes:
 * the same presences.
 */

type Recorded = { readonly beat: Heartbeat; readonly downMs: number; readonly isUnknown: boolean };

/** Joins covers one by one until nothing changes: slow, and hard to get wrong. */
function modelPresences(recorded: readonly Recorded[]): Presence[] {
  let presences: Presence[] = [];
  for (const { beat, downMs } of recorded) {
    const fromMs = beat.timestampMs;
    let joined = { fromMs, toMs: fromMs, reachMs: fromMs };
    if (beat.status !== 'stopping') joined.reachMs += downMs;
    const apart: Presence[] = [];
    for (const other of presences) {
      if (other.reachMs < joined.fromMs || other.fromMs > joined.reachMs) apart.push(other);
      else {
        joined = {
          fromMs: Math.min(joined.fromMs, other.fromMs),
          toMs: Math.max(joined.toMs, other.toMs),
          reachMs: Math.max(joined.reachMs, other.reachMs),
        };
      }
    }
    presences = [...apart, joined];
  }
  return presences.sort((a, b) => a.fromMs - b.fromMs);
}

const instances = ['a', 'b'] as const;
/** Times are multiples of this: they meet often, and cross the classes of length. */
const unitMs = 500;

const beatArbitrary = fc.record({
  kind: fc.constant('beat' as const),
  instance: fc.constantFrom(...instances),
  // At any time, or so long after the newest heartbeat of the instance.
  time: fc.oneof(
    fc.record({ at: fc.nat(100) }),
    fc.record({ after: fc.constantFrom(0, 1, 1, 1, 2, 3) }),
  ),
  downMs: fc.constantFrom(0, 1, 1, 2, 2, 3, 12),
  isGoodbye: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  isUnknown: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
});

export const stepArbitrary = fc.oneof(
  { weight: 30, arbitrary: beatArbitrary },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('replay' as const) }) },
  // A checkpoint whose commits fail after so many, and whether what follows waits for it.
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('checkpoint' as const),
      commits: fc.constantFrom(0, 1, 2, 3, Infinity, Infinity, Infinity, Infinity, Infinity),
      isAwaited: fc.boolean(),
    }),
  },
  // Lets a checkpoint in the background proceed by a commit or so.
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.nat(2) }) },
  // Waits for all checkpoints.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('forget' as const),
      instance: fc.constantFrom(...instances),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      from: fc.nat(200),
      length: fc.nat(100),
    }),
  },
);
export type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;

/** Numbers every run, so that all can share a file. */
let runs = 0;

/** Checks in the middle of a history that the ledger has what is expected in a time. */
export type Check = (question: {
  readonly ledger: LedgerFixture;
  readonly version: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly expected: readonly InstancePresence[];
}) => Promise<void> | void;

export function createRun(table: PresenceTable, check: Check) {
  const version = `run-${++runs}`;
  const recorded: Recorded[] = [];
  const pending: Promise<void>[] = [];
  let durable = 0;
  let commitsLeft = Infinity;
  /** A ledger that has crashed writes no more. */
  let life = 0;
  let ledger = open();

  function open(): LedgerFixture {
    const mine = life;
    const write: PresenceTable['write'] = (statements) => {
      if (life !== mine || commitsLeft-- <= 0) {
        return Promise.reject(new StoreUnavailable({ reason: 'full', detail: 'for the test' }));
      }
      return table.write(statements);
    };
    const portion = { placements: 2, extensions: 2, pauseAfter: 1 };
    return openLedger({ ...table, write }, { portion });
  }

  function record({ beat, downMs, isUnknown }: Recorded): void {
    if (isUnknown && ledger.refs.refOf(beat) === undefined) ledger.recordUnknown(beat, downMs);
    else ledger.record(ledger.refs.enter(identityOf(beat)), beat, downMs);
  }

  function timeOf({ time, instance }: Step & { kind: 'beat' }): number {
    if ('at' in time) return nowMs + time.at * unitMs;
    const own = recorded.filter(({ beat }) => beat.instance === instance);
    return Math.max(nowMs, ...own.map(({ beat }) => beat.timestampMs)) + time.after * unitMs;
  }

  async function checkpoint(commits: number): Promise<void> {
    await Promise.all(pending);
    commitsLeft = commits;
    const before = recorded.length;
    const mine = life;
    const done = await ledger.checkpoint().then(
      () => true,
      () => false,
    );
    if (done && life === mine) durable = before;
  }

  /** What the model has of each instance in a time. */
  function expected(fromMs: number, toMs: number): InstancePresence[] {
    return instances.flatMap((instance) => {
      const own = recorded.filter(({ beat }) => beat.instance === instance);
      const all = modelPresences(own).filter((p) => p.fromMs <= toMs && p.reachMs >= fromMs);
      return all.map((presence) => ({ name: 'Orion', version, instance, ...presence }));
    });
  }

  return async function step(next: Step): Promise<void> {
    switch (next.kind) {
      case 'beat': {
        const beat: Heartbeat = {
          name: 'Orion',
          version,
          instance: next.instance,
          timestampMs: timeOf(next),
          receivedAtMs: nowMs,
          ...(next.isGoodbye ? { status: 'stopping' } : {}),
        };
        const one = { beat, downMs: next.downMs * unitMs, isUnknown: next.isUnknown };
        recorded.push(one);
        return record(one);
      }
      case 'replay':
        return recorded.toReversed().forEach(record);
      case 'checkpoint': {
        const done = checkpoint(next.commits);
        pending.push(done);
        if (next.isAwaited) await done;
        return;
      }
      case 'settle':
        await Promise.all(pending);
        return;
      case 'pause':
        return delay(next.ms);
      case 'crash':
        life++;
        await Promise.all(pending.splice(0));
        ledger = open();
        return recorded.slice(durable).forEach(record);
      case 'forget': {
        const ref = ledger.refs.refOf({ name: 'Orion', version, instance: next.instance });
        if (ref === undefined) return;
        ledger.release(ref);
        return ledger.refs.leave(ref);
      }
      case 'read': {
        const fromMs = nowMs + (next.from - 50) * unitMs;
        const toMs = fromMs + next.length * unitMs;
        return check({ ledger, version, fromMs, toMs, expected: expected(fromMs, toMs) });
      }
    }
  };
}

const identityOf = ({ name, version, instance }: Heartbeat) => ({ name, version, instance });

export const sorted = (presences: readonly InstancePresence[]) =>
  presences.toSorted((a, b) => a.instance.localeCompare(b.instance) || a.fromMs - b.fromMs);
