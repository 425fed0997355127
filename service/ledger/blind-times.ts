import { z } from 'zod';

/** Times in which the service could not listen, for whoever reads what it says of a period. */
export type BlindTimes = {
  /** To be called now and then. */
  note(): void;
  /** How much of a period was blind, in milliseconds. */
  within(fromMs: number, toMs: number): number;
};

export const blindTimesKey = 'ledger.blind-times';
const savedSchema = z.array(z.tuple([z.number(), z.number()]));

/** Less is not worth a row; it is added to what comes. */
const leastMs = 1_000;
/** The oldest are forgotten beyond. */
const mostTimes = 2_000;
/** Times so close to each other are one. */
const apartMs = 1_000;

/**
 * The logical clock knows how long it was blind, not when: what has been added since the last look
 * ended just now.
 */
export function createBlindTimes(options: {
  now: () => number;
  /** Blind so far, since the start and while the service was down before it. */
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
      if (addedMs < leastMs) return;
      notedMs += addedMs;
      const toMs = now();
      const fromMs = toMs - addedMs;
      const last = times.at(-1);
      if (last && last[1] + apartMs >= fromMs) times[times.length - 1] = [last[0], toMs];
      else times = [...times.slice(1 - mostTimes), [fromMs, toMs]];
      save(JSON.stringify(times.map((time) => time.map(Math.round))));
    },
    within: (fromMs, toMs) =>
      times.reduce(
        (sum, [from, to]) => sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs)),
        0,
      ),
  };
}
