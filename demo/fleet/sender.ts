import { setTimeout as delay } from 'node:timers/promises';
import type { Beat, Series } from './beat.ts';
import type { Component } from './components.ts';
import { type Answer, post } from './post.ts';
import type { Tally } from './tally.ts';

export type Sender = {
  /** Sends no more; resolves after the goodbye, where the protocol has one. */
  stop(): Promise<void>;
  /** Sends no more, not even that. */
  kill(): Promise<void>;
};

export type Surroundings = {
  readonly serviceUrl: string;
  readonly tally: Tally;
  /** Called with each answer that is not an acceptance. */
  readonly onTrouble: (answer: Exclude<Answer, { kind: 'accepted' }>) => void;
};

/** How far from the interval a beat may come, as a share of it. */
const jitter = 0.1;

/** One process that posts for these instances, every interval or so. */
export function startSender(
  { name, version, intervalSeconds, protocol }: Component,
  instances: readonly string[],
  { serviceUrl, tally, onTrouble }: Surroundings,
): Sender {
  const all: readonly Series[] = instances.map((instance) => ({ name, version, instance }));
  const life = new AbortController();
  let lastMs = 0;
  let isOrderly = true;

  const beat = async (isGoodbye: boolean) => {
    // Monasca keeps one measurement of a series a millisecond: no two beats share one.
    lastMs = Math.max(Date.now(), lastMs + 1);
    const timestampMs = lastMs;
    const beats: Beat[] = all.map((series) => ({
      series,
      timestampMs,
      intervalSeconds,
      isGoodbye,
    }));
    const answer = await post(serviceUrl, protocol, beats);
    tally.note(beats, answer, Date.now());
    if (answer.kind !== 'accepted') onTrouble(answer);
  };
  const pause = (ms: number) =>
    delay(ms, undefined, { signal: life.signal }).catch(() => undefined);

  const run = async () => {
    // A fleet does not start in step.
    await pause(Math.random() * intervalSeconds * 1_000);
    while (!life.signal.aborted) {
      await beat(false);
      await pause(intervalSeconds * 1_000 * (1 + jitter * (2 * Math.random() - 1)));
    }
    if (isOrderly && protocol !== 'beat') await beat(true);
  };

  for (const series of all) tally.enter(series, intervalSeconds);
  const over = run();
  return {
    stop() {
      life.abort();
      return over;
    },
    kill() {
      isOrderly = false;
      life.abort();
      return over;
    },
  };
}
