import type { Registry } from '../../registry/registry.ts';
import type { ChangeQueue } from '../change-queue.ts';
import type { ComponentWatch } from '../components/watch.ts';
import { isFlapping } from '../telling/ears.ts';
import type { Teller } from '../telling/teller.ts';
import type { SilenceDesk } from './desk.ts';
import type { Subject } from './silence.ts';

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
  silences: SilenceDesk;
  registry: Registry;
  teller: Pick<Teller, 'release'>;
  components: Pick<ComponentWatch, 'release'>;
  queue: ChangeQueue;
  nextTurn: () => Promise<void>;
  /** A checkpoint: gives why it failed. */
  saveAll: () => Promise<Error | undefined>;
}): () => Promise<void> {
  const { silences, registry, teller, components, queue, nextTurn, saveAll } = parts;

  async function mark(wasCovered: (subject: Subject) => boolean): Promise<void> {
    let looked = 0;
    for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
      const mayBeNews = registry.state(ref) === 'down' || isFlapping(registry.flags(ref));
      if (mayBeNews && wasCovered(registry.identity(ref))) {
        if (teller.release(ref)) queue.touch(ref);
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
