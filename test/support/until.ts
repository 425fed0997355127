import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

/** The time limit, shorter than jest's for a test; and the pause between two attempts. */
export type UntilOptions = { readonly withinMs?: number; readonly everyMs?: number };

/** Resolves when the condition holds. Rejects at the time limit, with the text of the condition. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: UntilOptions = {},
): Promise<void> {
  await untilResult(condition, (holds) => holds, { ...options, wanted: sourceOf(condition) });
}

/**
 * Repeats `read` until its result is as wanted, and returns that. Rejects at the time limit, also
 * when `read` hangs, with what was wanted and the last result.
 */
export async function untilResult<T>(
  read: () => T | Promise<T>,
  isWanted: (result: T) => boolean,
  options: UntilOptions & { readonly wanted?: string } = {},
): Promise<T> {
  const { withinMs = 20_000, everyMs = 20, wanted = sourceOf(isWanted) } = options;
  const isOver = AbortSignal.timeout(withinMs);
  let last: unknown = 'no result';
  const limit = new Promise<never>((_, reject) => {
    isOver.addEventListener('abort', () =>
      reject(new Error(`not within ${withinMs} ms: ${wanted}; last result: ${inShort(last)}`)),
    );
  });
  limit.catch(() => undefined);
  for (;;) {
    const result = await Promise.race([read(), limit]);
    if (isWanted(result)) return result;
    last = result;
    await Promise.race([delay(everyMs), limit]);
  }
}

const sourceOf = (condition: (...args: never[]) => unknown): string =>
  String(condition).replaceAll(/\s+/g, ' ');

const inShort = (value: unknown): string =>
  inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY }).slice(0, 2_000);
