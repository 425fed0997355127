import { setTimeout as delay } from 'node:timers/promises';
import type { EventBook } from './events/book.ts';
import { type Component, cast } from './fleet/components.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Journal } from './journal.ts';

/** What happens to an instance, and when, in seconds since the demo began. */
export type Fate = {
  readonly atSeconds: number;
  readonly kind: 'death' | 'goodbye' | 'redeployment';
};

const everySeconds = 30;
const round: readonly Fate[] = [
  { atSeconds: 3, kind: 'death' },
  { atSeconds: 6, kind: 'goodbye' },
  { atSeconds: 8, kind: 'redeployment' },
];
/** A demo that is at least as long sees all of a round; in a shorter one they come sooner. */
const roundSeconds = 20;

/** The fates of a demo of so many seconds, or without an end. */
export function* plannedFates(forSeconds = Number.POSITIVE_INFINITY): Generator<Fate> {
  const pace = Math.min(1, forSeconds / roundSeconds);
  for (const { atSeconds, kind } of round) yield { atSeconds: atSeconds * pace, kind };
  for (let begin = everySeconds; begin + roundSeconds <= forSeconds; begin += everySeconds) {
    for (const { atSeconds, kind } of round) yield { atSeconds: begin + atSeconds, kind };
  }
}

type Stage = {
  readonly fleet: Pick<Fleet, 'start' | 'kill' | 'dismiss'>;
  readonly journal: Pick<Journal, 'say'>;
  /** What the service has told so far. */
  readonly book: Pick<EventBook, 'has'>;
};

/** How long a death lasts that the service does not notice, and how long one goes on that it did. */
const longestDeathMs = 30_000;
const afterlifeMs = 1_500;
/** How long it takes until somebody fills the place of one who left. */
const vacancyMs = 5_000;

/** Lets fate take its course; resolves the `stop` when nothing more will happen. */
export function playFates(plan: Iterable<Fate>, stage: Stage): { stop(): Promise<void> } {
  const { fleet, journal, book } = stage;
  const startedAtMs = performance.now();
  const life = new AbortController();
  const { signal } = life;
  const underWay = new Set<Promise<void>>();
  const pause = (ms: number) => delay(Math.max(0, ms), undefined, { signal });

  const death = async () => {
    const instances = await fleet.kill(cast.mortal);
    journal.say('incident', `${called(cast.mortal, instances)} dies without a word`);
    const untilMs = performance.now() + longestDeathMs;
    const isNoticed = () => instances.every((one) => book.has('down', one));
    while (!isNoticed() && performance.now() < untilMs) await pause(100);
    await pause(afterlifeMs);
    fleet.start(cast.mortal, instances);
    journal.say('incident', `${called(cast.mortal, instances)} comes back`);
  };
  const goodbye = async () => {
    const instances = await fleet.dismiss(cast.polite);
    journal.say('incident', `${called(cast.polite, instances)} says goodbye`);
    await pause(vacancyMs);
    const successors = fleet.start(cast.polite);
    journal.say('incident', `${called(cast.polite, successors)} takes its place`);
  };
  const redeployment = async () => {
    const instances = await fleet.kill(cast.replaced);
    const successors = fleet.start(cast.replaced);
    const who = called(cast.replaced, instances);
    journal.say('incident', `${who} is replaced by ${successors.join()} without a goodbye`);
  };
  const plays = { death, goodbye, redeployment };

  const run = async () => {
    for (const { atSeconds, kind } of plan) {
      await pause(startedAtMs + atSeconds * 1_000 - performance.now());
      const playing: Promise<void> = guarded(plays[kind]).finally(() => underWay.delete(playing));
      underWay.add(playing);
    }
  };
  const guarded = (play: () => Promise<void>) =>
    play().catch((error: unknown) => {
      if (!signal.aborted) journal.say('trouble', `The incident failed: ${String(error)}`);
    });
  const over = guarded(run);

  return {
    async stop() {
      life.abort();
      await over;
      await Promise.all(underWay);
    },
  };
}

const called = ({ name, version }: Component, instances: readonly string[]): string =>
  `${name} ${version} ${instances.join()}`;
