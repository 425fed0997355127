import type { Silence } from '../contract/api/silence.ts';
import type { FieldError } from '../contract/problem.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ActiveSilences } from './active-silences.ts';
import { readSilence } from './request.ts';

/** Silences, as callers make and end them: what they are told of is on disk. */
export type Silences = Pick<ActiveSilences, 'find' | 'list'> & {
  /**
   * Makes one of what somebody sent; `by` is for the records. Throws `StoreUnavailable` when it is
   * in use, but not durable yet.
   */
  create(request: unknown, by?: string): Promise<SilenceOutcome>;
  /** Ends one, at the next look for silence. Throws as `create` does. */
  end(id: string, by?: string): Promise<ReturnType<ActiveSilences['end']>>;
};

export type SilenceOutcome =
  | { readonly kind: 'made'; readonly silence: Silence }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

export function createSilences(parts: {
  desk: ActiveSilences;
  /** Resolves when all that was saved is on disk; throws `StoreUnavailable`. */
  flush: () => Promise<void>;
  clock: Clock;
}): Silences {
  const { desk, flush, clock } = parts;
  return {
    find: desk.find,
    list: desk.list,
    async create(request, by) {
      const reading = readSilence(request, clock.now());
      if (reading.kind === 'invalid') return reading;
      const silence = desk.create(reading.draft, by);
      if (silence === 'too-many') return { kind: silence };
      await flush();
      return { kind: 'made', silence };
    },
    async end(id, by) {
      const outcome = desk.end(id, by);
      if (outcome === 'ended') await flush();
      return outcome;
    },
  };
}
