/** Who tells it. */
export type Voice = 'demo' | 'incident' | 'service' | 'trouble';

export type Entry = { readonly atMs: number; readonly voice: Voice; readonly text: string };

/** What happens, as it happens. */
export type Journal = {
  say(voice: Voice, text: string): void;
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
    say(voice, text) {
      const entry = { atMs: now(), voice, text };
      if (entries.push(entry) > mostEntries) entries.shift();
      for (const listener of listeners) listener(entry);
    },
    onEntry(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
