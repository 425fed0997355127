import { delivered, type Outcome, rejected, retry } from '../../service/contract/outcome.ts';
import { createPump, type Pump } from '../../service/delivery/pump.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMemoryOutbox } from './memory-outbox.ts';
import { createRecordedLog } from './recorded-log.ts';

/** Behaviour of one call of the destination, before it reads the records. */
export const callBehaviours = ['responds', 'fails', 'throttles', 'throws', 'fails-late'] as const;
/** Behaviour of one commit of the cursor. */
export const settleBehaviours = ['works', 'fails', 'is-slow'] as const;

/** The end of a process, at its nth event. */
export type Ending = { readonly atEvent: number; readonly how: 'killed' | 'stopped' };

export type Scenario = {
  /** Whether the destination rejects each record, in the order of the outbox. */
  readonly isBad: readonly boolean[];
  /** Numbers of records that are appended together; the other records are there at the start. */
  readonly appends: readonly number[];
  readonly batchRecords: number;
  readonly parallelBatches: number;
  /** The calls in their order; the destination responds to all later ones. */
  readonly calls: readonly { behaviour: (typeof callBehaviours)[number]; takesMs: number }[];
  readonly settles: readonly (typeof settleBehaviours)[number][];
  /** The ends of successive processes; the last process runs until all records are done. */
  readonly endings: readonly Ending[];
  readonly seed: number;
};

export type Account = {
  /** The numbers of the records that the destination accepted, with duplicates. */
  readonly taken: number[];
  readonly deadLetters: readonly number[];
  readonly cursor: number;
  readonly calls: number;
  /** Calls without a verdict. */
  readonly failedCalls: number;
  readonly mostInFlight: number;
  /** Broken guarantees; empty if the pump is correct. */
  readonly violations: readonly string[];
};

const metrics = createMetrics();

/** Runs a scenario, with successive processes on the same outbox, to its end. */
export async function play(scenario: Scenario): Promise<Account> {
  const fixture = createFixture(scenario);
  for (const ending of scenario.endings) await live(fixture, ending);
  await live(fixture, undefined);
  return fixture.account();
}

type Fixture = ReturnType<typeof createFixture>;

function createFixture(scenario: Scenario) {
  const outbox = createMemoryOutbox<number>();
  const numbers = scenario.isBad.map((_, index) => index + 1);
  const later = scenario.appends.reduce((sum, count) => sum + count, 0);
  outbox.append(...numbers.splice(0, Math.max(0, numbers.length - later)));
  return {
    scenario,
    outbox,
    /** Not yet appended. */
    coming: numbers,
    appends: [...scenario.appends],
    calls: [...scenario.calls],
    settles: [...scenario.settles],
    random: randomFrom(scenario.seed),
    taken: [] as number[],
    seen: { calls: 0, failedCalls: 0, mostInFlight: 0 },
    account(): Account {
      const deadLetters = outbox.durable.deadLetters.map(({ seq }) => seq);
      const { cursor } = outbox.durable;
      return {
        taken: this.taken,
        deadLetters,
        cursor,
        violations: outbox.violations,
        ...this.seen,
      };
    },
  };
}

/** Runs one process until its ending, or until all records are done. */
async function live(fixture: Fixture, ending: Ending | undefined): Promise<void> {
  const { scenario, outbox } = fixture;
  const clock = createFakeClock();
  let events = 0;
  let isDead = false;
  let stopping: Promise<unknown> | undefined;

  const event = (): void => {
    events += 1;
    if (events !== ending?.atEvent || isDead) return;
    if (ending.how === 'stopped') {
      stopping = pump.stop(50).then(() => {
        isDead = true;
        outbox.crash();
      });
    } else {
      isDead = true;
      outbox.crash();
    }
  };

  outbox.beforeCommit = async () => {
    event();
    const behaviour = fixture.settles.shift();
    if (behaviour === 'is-slow') await clock.sleep(200);
    if (behaviour === 'fails') throw new Error('disk full');
  };
  const pump: Pump = createPump<number>({
    destination: 'monasca',
    reader: watched(fixture, event),
    deliver: createDestination(fixture, clock, event, () => isDead),
    batchRecords: scenario.batchRecords,
    batchWaitMs: 20,
    parallelBatches: scenario.parallelBatches,
    backoff: { firstMs: 100, maxMs: 1_000 },
    clock,
    random: fixture.random,
    log: createRecordedLog().log,
    metrics,
  });

  pump.start();
  for (let step = 0; step < 200 && !isDead; step += 1) {
    outbox.append(...fixture.coming.splice(0, fixture.appends.shift() ?? fixture.coming.length));
    await clock.advance(fixture.coming.length > 0 ? 30 : 10_000);
    const isDone = fixture.coming.length === 0 && pump.status().behind === 0;
    if (isDone && !stopping) break;
  }
  if (stopping) await stopping;
  isDead = true;
  outbox.crash();
}

/** The reader of a process, with a check of every commit. */
function watched({ scenario, outbox, taken }: Fixture, event: () => void) {
  const reader = outbox.open();
  const settle = reader.settle.bind(reader);
  reader.settle = async (seq, deadLetters) => {
    await settle(seq, deadLetters);
    const done = new Set([...taken, ...outbox.durable.deadLetters.map((letter) => letter.seq)]);
    for (let passed = 1; passed <= seq; passed += 1) {
      if (!done.has(passed)) outbox.violations.push(`the cursor passed ${passed} undone`);
    }
    for (const letter of deadLetters) {
      const isBad = scenario.isBad[letter.seq - 1];
      if (!isBad) outbox.violations.push(`${letter.seq} is a dead letter, though good`);
    }
    event();
  };
  return reader;
}

function createDestination(
  { scenario, calls, taken, seen }: Fixture,
  clock: FakeClock,
  event: () => void,
  isDead: () => boolean,
) {
  let inFlight = 0;

  const verdict = (records: readonly number[]): Outcome => {
    const bad = records.find((record) => scenario.isBad[record - 1]);
    if (bad !== undefined) return rejected(`record ${bad}`);
    taken.push(...records);
    return delivered;
  };

  const outcome = async (records: readonly number[], signal: AbortSignal): Promise<Outcome> => {
    const { behaviour, takesMs } = calls.shift() ?? { behaviour: 'responds', takesMs: 0 };
    if (behaviour !== 'responds') seen.failedCalls += 1;
    if (behaviour === 'throws') throw new Error('a bug');
    if (behaviour === 'fails') return retry('server-error', '500');
    if (behaviour === 'throttles') return retry('throttled', '429', 3_000);
    await clock.sleep(takesMs, signal);
    if (behaviour === 'fails-late') return retry('timeout', '');
    if (isDead()) return retry('aborted', '');
    return verdict(records);
  };

  return async (records: readonly number[], signal: AbortSignal): Promise<Outcome> => {
    if (isDead()) return new Promise(() => undefined);
    event();
    seen.calls += 1;
    inFlight += 1;
    seen.mostInFlight = Math.max(seen.mostInFlight, inFlight);
    try {
      return await outcome(records, signal);
    } finally {
      inFlight -= 1;
      event();
    }
  };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
