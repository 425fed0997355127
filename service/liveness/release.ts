import type { Registry } from '../registry/registry.ts';
import type { ActiveSilences } from '../silences/active-silences.ts';
import type { Subject } from '../silences/silence.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { ComponentWatch } from './components/watch.ts';
import { isFlapping } from './reporting/report-flags.ts';
import type { Reporter } from './reporting/reporter.ts';

/** Instances that are looked at before other work has its turn. */
const slice = 2_000;

/**
 * Begins a look for silence: lets silences begin and end by the wall clock.
 *
 *   ended ──▶ mark who is down or flaps ──▶ marks and end on disk, together ──▶ told by the look
 *
 * Until the end is on its way to the disk the silence holds; whoever dies before then marks again.
 * After it each mark is told once: it goes with the event.
 */
export function createSilenceTurn(parts: {
  silences: ActiveSilences;
  registry: Registry;
  reporter: Pick<Reporter, 'release'>;
  components: Pick<ComponentWatch, 'release'>;
  queue: ChangeQueue;
  nextTurn: () => Promise<void>;
  /** A checkpoint: gives why it failed. */
  saveAll: () => Promise<Error | undefined>;
}): () => Promise<void> {
  const { silences, registry, reporter, components, queue, nextTurn, saveAll } = parts;

  async function mark(wasCovered: (subject: Subject) => boolean): Promise<void> {
    let looked = 0;
    for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
      const mayBeNews = registry.state(ref) === 'down' || isFlapping(registry.flags(ref));
      if (mayBeNews && wasCovered(registry.identity(ref))) {
        if (reporter.release(ref)) queue.touch(ref);
      }
      looked += 1;
      if (looked % slice === 0) await nextTurn();
    }
  }

  return async () => {
    const ended = silences.turn();
    if (ended.length === 0) return;
    const wasCovered = (subject: Subject) => ended.some(({ covers }) => covers(subject));
    await mark(wasCovered);
    if (queue.isBehind && (await saveAll())) return;
    components.release(wasCovered);
    silences.letGo(ended);
  };
}
