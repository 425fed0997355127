import { type BlindTimes, blindTimesKey, createBlindTimes } from '../../ledger/blind-times.ts';
import type { Evaluator } from '../../liveness/evaluator.ts';
import type { Clock } from '../../runtime/clock.ts';
import { StoreUnavailable } from '../../store/failure.ts';
import { settingStatements } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';

/** Blind times that outlive the process; those that a store which fails cannot keep are lost. */
export function keepBlindTimes(store: Store, evaluator: Evaluator, { now }: Clock): BlindTimes {
  return createBlindTimes({
    now,
    blindMs: () => Object.values(evaluator.status().blindMs).reduce((sum, ms) => sum + ms, 0),
    saved: store.settings().get(blindTimesKey),
    save(text) {
      store.write(settingStatements(new Map([[blindTimesKey, text]]))).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
      });
    },
  });
}
