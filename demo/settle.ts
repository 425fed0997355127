import { setTimeout as delay } from 'node:timers/promises';
import type { EventBook } from './events/book.ts';
import { DemoFailure } from './failure.ts';
import { seriesKey } from './fleet/beat.ts';
import type { Tally } from './fleet/tally.ts';
import type { Monasca } from './monasca.ts';
import type { Postbox } from './receiver.ts';
import { judge, type Verdict } from './verdict.ts';
import type { Watch } from './watch.ts';

const drainWithinMs = 30_000;
const farewellWithinMs = 5_000;

/** Waits until nothing waits any more; false where that takes too long. */
export async function drained(watch: Watch): Promise<boolean> {
  for (let untilMs = performance.now() + drainWithinMs; performance.now() < untilMs; ) {
    if ((await watch.look().catch(() => undefined)) === 0) return true;
    await delay(100);
  }
  return false;
}

/** Waits until the service has told of all goodbyes that it accepted, but not for long. */
export async function farewell(tally: Tally, book: EventBook): Promise<void> {
  const gone = [...tally.accounts()].filter(({ hasSaidGoodbye }) => hasSaidGoodbye);
  for (let untilMs = performance.now() + farewellWithinMs; performance.now() < untilMs; ) {
    if (gone.every(({ series }) => book.has('retired', series.instance))) return;
    await delay(100);
  }
}

/** Waits until the receiver has all that was told, but not for long. */
export async function received(postbox: Postbox): Promise<void> {
  for (let untilMs = performance.now() + farewellWithinMs; performance.now() < untilMs; ) {
    if (postbox.status().missing === 0) return;
    await delay(100);
  }
}

/** Asks Monasca, through its API, for every heartbeat of the demo. */
export async function compare(tally: Tally, watch: Watch, monasca: Monasca): Promise<Verdict> {
  const found = new Map<string, ReadonlySet<number>>();
  try {
    for (const { series, accepted, unanswered } of tally.accounts()) {
      const first = Math.min(...accepted.union(unanswered));
      if (Number.isFinite(first)) {
        found.set(seriesKey(series), await monasca.timestamps(series, first));
      }
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new DemoFailure(
      `${tally.accepted} heartbeats were accepted, but Monasca cannot be asked for them: ${detail}`,
    );
  }
  return judge(tally.accounts(), found, watch.sight.deadLetters);
}
