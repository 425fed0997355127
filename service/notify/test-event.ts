import type { LivenessEvent } from '../contract/event.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { createUlids } from '../runtime/ulid.ts';
import type { Notifier } from './notifier.ts';

/** What became of a test event: one attempt, whatever the pump is at. */
export type TestResult = {
  readonly eventId: string;
  readonly outcome: Outcome;
  readonly tookMs: number;
};

export type Tester = (notifier: string) => Promise<TestResult | undefined>;

/** Whoever asks waits for the answer. */
const patienceMs = 20_000;

/** Sends test events, which are in no log, past all rules; nothing of an unknown notifier. */
export function createTester(
  notifiers: ReadonlyMap<string, Pick<Notifier, 'deliver'>>,
  { clock }: { clock: Clock },
): Tester {
  const newId = createUlids();
  return async (name) => {
    const notifier = notifiers.get(name);
    if (!notifier) return undefined;
    const atMs = clock.now();
    const event = testEvent(newId(atMs), atMs, name);
    const begunMs = clock.monotonic();
    const outcome = await notifier.deliver([event], AbortSignal.timeout(patienceMs));
    return { eventId: event.id, outcome, tookMs: Math.round(clock.monotonic() - begunMs) };
  };
}

const testEvent = (id: string, atMs: number, notifier: string): LivenessEvent => ({
  id,
  atMs,
  kind: 'test',
  subject: undefined,
  reason: `This is a test of the notifier ${notifier}: nothing has happened.`,
});
