import type { EventKind } from '../service/contract/event.ts';

/** Who tells it; of an event of the service its kind says that. */
export type Voice = 'demo' | 'incident' | 'receiver' | 'service' | 'trouble' | EventKind;

export type Entry = { readonly atMs: number; readonly voice: Voice; readonly text: string };

/** What happens, as it happens. */
export type Journal = {
  /** `atMs` where it is not happening just now. */
  say(voice: Voice, text: string, atMs?: number): void;
  /** The newest entries, oldest first. */
  readonly entries: readonly Entry[];
  /** Calls `listener` with each new entry; returns the function that ends this. */
  onEntry(listener: (entry: Entry) => void): () => void;
};

const mostEntries = 50;

export function createJournal(now: () => number = Date.now): Journal {
  const entries: Entry[] = [];
  const listeners = new Set<(entry: Entry) => void>();
  return {
    entries,
    say(voice, text, atMs = now()) {
      const entry = { atMs, voice, text };
      if (entries.push(entry) > mostEntries) entries.shift();
      for (const listener of listeners) listener(entry);
    },
    onEntry(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
