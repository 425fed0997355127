import { type Beat, type Series, seriesKey } from './beat.ts';
import type { Answer } from './post.ts';

/** What a sender remembers of one series: the timestamps of its heartbeats, in milliseconds. */
export type Account = {
  readonly series: Series;
  readonly intervalSeconds: number;
  readonly accepted: ReadonlySet<number>;
  /** Sent, and no answer came back: they may be stored or not. */
  readonly unanswered: ReadonlySet<number>;
  /** When the service last acknowledged one; 0 before. */
  readonly lastAcceptedAtMs: number;
  readonly hasSaidGoodbye: boolean;
};

/** The book of the senders: what the service has acknowledged and what not. */
export type Tally = {
  /** Opens the account of an instance that starts; one that comes back goes on with its own. */
  enter(series: Series, intervalSeconds: number): void;
  note(sent: readonly Beat[], answer: Answer, atMs: number): void;
  accounts(): Iterable<Account>;
  readonly accepted: number;
  readonly refused: number;
};

export function createTally(): Tally {
  const accounts = new Map<string, Entry>();
  let accepted = 0;
  let refused = 0;
  return {
    enter(series, intervalSeconds) {
      const key = seriesKey(series);
      if (accounts.has(key)) return;
      accounts.set(key, {
        series,
        intervalSeconds,
        accepted: new Set(),
        unanswered: new Set(),
        lastAcceptedAtMs: 0,
        hasSaidGoodbye: false,
      });
    },
    note(sent, answer, atMs) {
      const good = answer.kind === 'accepted' ? answer.beats : [];
      for (const { series, timestampMs, isGoodbye } of good) {
        const account = accounts.get(seriesKey(series));
        if (!account) continue;
        account.accepted.add(timestampMs);
        account.lastAcceptedAtMs = atMs;
        account.hasSaidGoodbye = isGoodbye;
      }
      accepted += good.length;
      if (answer.kind !== 'unanswered') refused += sent.length - good.length;
      else {
        for (const { series, timestampMs } of sent) {
          accounts.get(seriesKey(series))?.unanswered.add(timestampMs);
        }
      }
    },
    accounts: () => accounts.values(),
    get accepted() {
      return accepted;
    },
    get refused() {
      return refused;
    },
  };
}

type Entry = {
  readonly series: Series;
  readonly intervalSeconds: number;
  readonly accepted: Set<number>;
  readonly unanswered: Set<number>;
  lastAcceptedAtMs: number;
  hasSaidGoodbye: boolean;
};
