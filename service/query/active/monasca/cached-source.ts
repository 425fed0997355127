import NodeCache from 'node-cache';
import type { AskedActive } from '../asked.ts';
import type { MeasuredAnswer, MeasuredSource } from './measured-source.ts';

/**
 * Keeps answers for a short time: the panels of a page ask the same within a second, and what ends
 * "now" ends a little later each time. Callers that ask the same while it is being read share it;
 * what could not be read is not kept. Of an answer until now that was given a moment ago the period
 * is that of then; every other period is answered for exactly as it was asked for.
 *
 * The one who asked first may leave: the reading goes on for the others, bounded by its own time.
 */
export function createCachedSource(source: MeasuredSource, keptSeconds: number): MeasuredSource {
  const cache = new NodeCache({ useClones: false, stdTTL: keptSeconds, checkperiod: keptSeconds });
  const forever = new AbortController().signal;

  return async (asked, signal) => {
    const keys = keysOf(asked);
    const known = keys
      .map((key) => cache.get<Promise<MeasuredAnswer>>(key))
      .find((found) => found !== undefined);
    const answer = known ?? source(asked, forever);
    if (!known) {
      for (const key of keys) cache.set(key, answer);
      const forget = () => cache.del(keys);
      answer.then(({ kind }) => kind === 'answer' || forget(), forget);
    }
    return unlessLeft(answer, signal);
  };
}

/** What ends now may have begun at a time, or so long ago: the numbers do not tell which was meant. */
function keysOf({ nowMs, steps: _, fromMs, toMs, ...asked }: AskedActive): string[] {
  const key = (...period: readonly unknown[]) => `active:${JSON.stringify([asked, period])}`;
  if (toMs <= nowMs) return [key(fromMs, toMs)];
  return [key('since', fromMs), key('for', nowMs - fromMs)];
}

function unlessLeft<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const left = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([answer, left]);
}
