import { delivered, type Outcome, rejected, retry } from '../../contract/outcome.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Judged, Refusal } from './smtp-answer.ts';

/**
 * Who has a message already, and who is still waited for.
 *
 * Servers judge each address for itself. A message that somebody has taken is delivered; addresses
 * that are refused are logged and no reason to wait. One that is put off (greylisting) is asked
 * again, alone, for a few minutes; after that, and for as long as it goes on, nobody waits for it,
 * so that one full mailbox does not hold up what all others are to be told. When every address is
 * put off the server is unwell, and everything waits.
 */
export type Recipients = {
  /** The addresses that do not have the message yet. */
  missing(messageId: string): string[];
  judge(messageId: string, judged: Judged): Outcome;
};

/** Most servers that greylist take the second attempt after one to five minutes. */
const patienceMs = 360_000;

/** Only the message that is under way is ever asked about again, and tests beside it. */
const mostRounds = 10;

type Round = { readonly sinceMs: number; readonly have: ReadonlySet<string> };

export function createRecipients(
  addresses: readonly string[],
  { clock, log }: Pick<Runtime, 'clock' | 'log'>,
): Recipients {
  /** Messages that some have and others are waited for, in the order in which that began. */
  const rounds = new Map<string, Round>();
  /** Nobody waits for these until they take a message. */
  const lost = new Set<string>();

  function noteTaken(address: string): void {
    if (lost.delete(address)) log.info({ address }, 'the address takes messages again');
  }

  function noteLost({ address, answer }: Refusal): void {
    if (!lost.has(address)) log.warn({ address, answer }, 'an address does not get its messages');
    lost.add(address);
  }

  function remember(messageId: string, round: Round): void {
    rounds.set(messageId, round);
    const [oldest] = rounds.keys();
    if (rounds.size > mostRounds && oldest !== undefined) rounds.delete(oldest);
  }

  return {
    missing(messageId) {
      const have = rounds.get(messageId)?.have;
      return addresses.filter((address) => !have?.has(address));
    },

    judge(messageId, { accepted, refused }) {
      accepted.forEach(noteTaken);
      const now = clock.monotonic();
      const before = rounds.get(messageId) ?? { sinceMs: now, have: [] };
      const round = { ...before, have: new Set([...before.have, ...accepted]) };
      const putOff = refused.filter(({ isTemporary }) => isTemporary);
      const inWords = refused.map(({ address, answer }) => `${address}: ${answer}`).join('; ');

      if (round.have.size === 0) {
        return putOff.length > 0 ? retry('throttled', inWords) : rejected(inWords);
      }
      const isOver = now - round.sinceMs >= patienceMs;
      if (!isOver && putOff.some(({ address }) => !lost.has(address))) {
        remember(messageId, round);
        return retry('throttled', inWords);
      }
      rounds.delete(messageId);
      refused.forEach(noteLost);
      return delivered;
    },
  };
}
