import type { Series } from '../../demo/fleet/beat.ts';
import type { Account } from '../../demo/fleet/tally.ts';

type Given = {
  readonly accepted?: readonly number[];
  readonly unanswered?: readonly number[];
  readonly lastAcceptedAtMs?: number;
  readonly hasSaidGoodbye?: boolean;
};

/** What a sender with an interval of a second remembers. */
export const accountOf = (series: Series, given: Given): Account => ({
  series,
  intervalSeconds: 1,
  accepted: new Set(given.accepted),
  unanswered: new Set(given.unanswered),
  lastAcceptedAtMs: given.lastAcceptedAtMs ?? 0,
  hasSaidGoodbye: given.hasSaidGoodbye ?? false,
});
