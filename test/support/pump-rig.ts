import { delivered, type Outcome } from '../../service/contract/outcome.ts';
import { createPump, type Pump, type PumpOptions } from '../../service/delivery/pump.ts';
import { createMetrics, type Metrics } from '../../service/runtime/metrics.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMemoryOutbox, type MemoryOutbox } from './memory-outbox.ts';
import { createRecordedLog, type LogLine } from './recorded-log.ts';

export type Call = {
  readonly records: readonly number[];
  /** Since the rig was made. */
  readonly atMs: number;
  readonly signal: AbortSignal;
};

export type Rig = {
  readonly pump: Pump;
  readonly clock: FakeClock;
  readonly outbox: MemoryOutbox<number>;
  readonly metrics: Metrics;
  readonly lines: LogLine[];
  readonly calls: Call[];
  /** Number of sleeps. */
  sleeps(): number;
  /** What the destination answers; the index counts its calls from 0. */
  answer: (records: readonly number[], index: number) => Outcome | Promise<Outcome>;
  /** Lets all that is ready run, without time passing. */
  settle(): Promise<void>;
};

type Settings = Partial<
  Pick<PumpOptions<number>, 'batchRecords' | 'batchWaitMs' | 'parallelBatches' | 'random' | 'wants'>
>;

/** Names the records 1, 2, 3, …, so that a record is its own number in the outbox. */
export const numbered = (count: number, from = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

/**
 * A pump between an outbox in memory and a destination that the test plays. Waiting after a
 * failure is half of what it may be at most: 500, 1,000, 2,000, … up to 8,000 ms.
 */
export function createRig(
  settings: Settings = {},
  outbox: MemoryOutbox<number> = createMemoryOutbox(),
): Rig {
  const clock = createFakeClock();
  const metrics = createMetrics();
  const { log, lines } = createRecordedLog();
  const calls: Call[] = [];
  let sleeps = 0;

  const pump = createPump<number>({
    destination: 'monasca',
    reader: outbox.open(),
    deliver: async (records, signal) => {
      calls.push({ records, atMs: clock.monotonic(), signal });
      return rig.answer(records, calls.length - 1);
    },
    batchRecords: 4,
    batchWaitMs: 100,
    parallelBatches: 1,
    backoff: { firstMs: 1_000, maxMs: 16_000 },
    clock: {
      ...clock,
      sleep: (ms, signal) => {
        sleeps += 1;
        return clock.sleep(ms, signal);
      },
    },
    random: () => 0.5,
    log,
    metrics,
    ...settings,
  });

  const rig: Rig = {
    pump,
    clock,
    outbox,
    metrics,
    lines,
    calls,
    sleeps: () => sleeps,
    answer: () => delivered,
    settle: () => clock.advance(0),
  };
  return rig;
}

/** The value of a counter or gauge of the destination, narrowed down by further labels. */
export async function metric(
  { metrics }: Rig,
  key:
    | 'deliveredBatches'
    | 'deliveredRecords'
    | 'deliveryFailures'
    | 'rejectedBatches'
    | 'deliveryUp',
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const { values } = await metrics[key].get();
  const wanted = Object.entries({ destination: 'monasca', ...labels });
  return values.find((entry) => wanted.every(([name, value]) => entry.labels[name] === value))
    ?.value;
}
