import { z } from 'zod';

/** From and to, in epoch milliseconds. */
export type BlindTime = readonly [fromMs: number, toMs: number];

/** Times in which the service could not receive heartbeats, for queries about a period. */
export type BlindTimes = {
  /** To be called after each evaluation. */
  note(): void;
  /** Blind milliseconds within a period. */
  within(fromMs: number, toMs: number): number;
  /** Blind times of which a part is in a period, whole, in their order. */
  between(fromMs: number, toMs: number): readonly BlindTime[];
};

export const blindTimesKey = 'ledger.blind-times';
const savedSchema = z.array(z.tuple([z.number(), z.number()]));

/** A shorter time is not worth a row; it is added to the next one. */
const minMs = 1_000;
/** Beyond this number the oldest are forgotten. */
const maxTimes = 2_000;
/** Times that are closer to each other are one. */
const apartMs = 1_000;

/**
 * The logical clock counts how long it was blind, not when: blind time that was added since the last
 * call ended just now.
 */
export function createBlindTimes(options: {
  now: () => number;
  /** Blind milliseconds so far: since the start, and while the service was down before it. */
  blindMs: () => number;
  saved: string | undefined;
  save: (text: string) => void;
}): BlindTimes {
  const { now, blindMs, saved, save } = options;
  let times = saved === undefined ? [] : savedSchema.parse(JSON.parse(saved));
  let notedMs = 0;

  return {
    note() {
      const addedMs = blindMs() - notedMs;
      if (addedMs < minMs) return;
      notedMs += addedMs;
      const toMs = now();
      const fromMs = toMs - addedMs;
      const last = times.at(-1);
      if (last && last[1] + apartMs >= fromMs) times[times.length - 1] = [last[0], toMs];
      else times = [...times.slice(1 - maxTimes), [fromMs, toMs]];
      save(JSON.stringify(times.map((time) => time.map(Math.round))));
    },
    within: (fromMs, toMs) =>
      times.reduce(
        (sum, [from, to]) => sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs)),
        0,
      ),
    between: (fromMs, toMs) => times.filter(([from, to]) => to > fromMs && from < toMs),
  };
}
