import NodeCache from 'node-cache';
import type { AskedActive } from '../asked.ts';
import type { MeasuredAnswer, MeasuredSource } from './measured-source.ts';

/**
 * Keeps answers for a short time: the panels of a page ask the same within a second, and what ends
 * "now" ends a little later each time. Callers that ask the same while it is being read share it;
 * what could not be read is not kept. Of an answer of a moment ago the period is that of then.
 *
 * The one who asked first may leave: the reading goes on for the others, bounded by its own time.
 */
export function createCachedSource(source: MeasuredSource, keptSeconds: number): MeasuredSource {
  const cache = new NodeCache({ useClones: false, stdTTL: keptSeconds, checkperiod: keptSeconds });
  const forever = new AbortController().signal;

  return async (asked, signal) => {
    const key = keyOf(asked, keptSeconds * 1_000);
    const known = cache.get<Promise<MeasuredAnswer>>(key);
    const answer = known ?? source(asked, forever);
    if (!known) {
      cache.set(key, answer);
      const forget = () => cache.del(key);
      answer.then(({ kind }) => kind === 'answer' || forget(), forget);
    }
    return unlessLeft(answer, signal);
  };
}

function keyOf({ nowMs, steps, fromMs, toMs, ...asked }: AskedActive, roundMs: number): string {
  const rounded = [fromMs, toMs].map((ms) => Math.floor(ms / roundMs));
  return `active:${JSON.stringify([asked, rounded, steps.length])}`;
}

function unlessLeft<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const left = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([answer, left]);
}
