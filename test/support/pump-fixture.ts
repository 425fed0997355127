import { delivered, type Outcome } from '../../service/contract/outcome.ts';
import { createPump, type Pump, type PumpOptions } from '../../service/delivery/pump.ts';
import { createMetrics, type Metrics } from '../../service/runtime/metrics.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMemoryOutbox, type MemoryOutbox } from './memory-outbox.ts';
import { createRecordedLog, type LogLine } from './recorded-log.ts';

export type Call = {
  readonly records: readonly number[];
  /** Milliseconds since the creation of the fixture. */
  readonly atMs: number;
  readonly signal: AbortSignal;
};

export type PumpFixture = {
  readonly pump: Pump;
  readonly clock: FakeClock;
  readonly outbox: MemoryOutbox<number>;
  readonly metrics: Metrics;
  readonly lines: LogLine[];
  readonly calls: Call[];
  /** Number of sleeps. */
  sleeps(): number;
  /** Outcome of a call of the destination; the index counts its calls from 0. */
  answer: (records: readonly number[], index: number) => Outcome | Promise<Outcome>;
  /** Runs everything that is ready, without a step of the clock. */
  settle(): Promise<void>;
};

type Settings = Partial<
  Pick<
    PumpOptions<number>,
    'batchRecords' | 'batchWaitMs' | 'isHeld' | 'parallelBatches' | 'random' | 'wants'
  >
>;

/** Names the records 1, 2, 3, …, so that a record is its own number in the outbox. */
export const numbered = (count: number, from = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

/**
 * A pump between an outbox in memory and a destination of the test. The delays after failures are
 * half of their maximum: 500, 1,000, 2,000, … up to 8,000 ms.
 */
export function createPumpFixture(
  settings: Settings = {},
  outbox: MemoryOutbox<number> = createMemoryOutbox(),
): PumpFixture {
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
      return fixture.answer(records, calls.length - 1);
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

  const fixture: PumpFixture = {
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
  return fixture;
}

/** The value of a counter or gauge of the destination, narrowed down by further labels. */
export async function metric(
  { metrics }: PumpFixture,
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
