import type { Identity } from '../../contract/instance.ts';
import type { InstancePresence } from '../../contract/presence.ts';
import { createGlob } from '../../runtime/glob.ts';
import type { Turns } from '../turns.ts';
import { type ActiveSource, answerOf, count } from './answer.ts';
import type { ActiveFilter } from './asked.ts';
import { createColumns } from './columns.ts';

/** Presences that touch a time, as the ledger gives them. */
export type Presences = (fromMs: number, toMs: number) => Iterable<InstancePresence>;

/** Looked at in one piece: some milliseconds. */
const piecePresences = 1_000;

/** Answers from the ledger, a piece a turn. */
export function createLedgerSource(presencesIn: Presences, turns: Turns): ActiveSource {
  return async (asked, signal) => {
    const columns = createColumns();
    const known = new Map<string, number>();
    const instances: Identity[] = [];
    const isMeant = matcher(asked.filter);
    const found = presencesIn(asked.fromMs, asked.toMs)[Symbol.iterator]();
    const isDone = () =>
      turns.take(() => {
        for (let looked = 0; looked < piecePresences; looked++) {
          const { done, value } = found.next();
          if (done) return true;
          const { name, version, instance, fromMs, toMs, reachMs } = value;
          if (toMs < asked.fromMs || fromMs >= asked.toMs || !isMeant(value)) continue;
          const key = JSON.stringify([name, version, instance]);
          const place = known.get(key) ?? instances.push({ name, version, instance }) - 1;
          known.set(key, place);
          columns.push(place, fromMs, toMs, reachMs);
        }
        return false;
      });
    try {
      while (!(await isDone())) signal.throwIfAborted();
    } finally {
      found.return?.();
    }
    return answerOf(asked, await turns.take(() => count(asked, columns, instances)));
  };
}

function matcher({ name = '*', version = '*', instance = '*' }: ActiveFilter) {
  const [isName, isVersion, isInstance] = [name, version, instance].map(createGlob);
  return (identity: Identity): boolean =>
    (isName?.(identity.name) ?? true) &&
    (isVersion?.(identity.version) ?? true) &&
    (isInstance?.(identity.instance) ?? true);
}
