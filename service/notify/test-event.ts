import type { LivenessEvent } from '../contract/event.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { createUlids } from '../runtime/ulid.ts';
import type { Notifier } from './notifier.ts';

/** Result of a test event, which is sent once, independently of the pump. */
type TestResult = {
  readonly eventId: string;
  readonly outcome: Outcome;
  readonly tookMs: number;
};

/** Sends a test event through a notifier; undefined when no notifier has that name. */
export type NotifierTest = (notifier: string) => Promise<TestResult | undefined>;

/** The client waits for the result. */
const timeoutMs = 20_000;

/** A test event is in no log, and no routing rule applies to it. */
export function createNotifierTest(
  notifiers: ReadonlyMap<string, Pick<Notifier, 'deliver'>>,
  { clock }: { clock: Clock },
): NotifierTest {
  const newId = createUlids();
  return async (name) => {
    const notifier = notifiers.get(name);
    if (!notifier) return undefined;
    const atMs = clock.now();
    const event = testEvent(newId(atMs), atMs, name);
    const begunMs = clock.monotonic();
    const outcome = await notifier.deliver([event], AbortSignal.timeout(timeoutMs));
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
