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
  judge(judged: Judged): Outcome;
};

/** Most servers that greylist take the second attempt after one to five minutes. */
const patienceMs = 360_000;

export function createRecipients(
  addresses: readonly string[],
  { clock, log }: Pick<Runtime, 'clock' | 'log'>,
): Recipients {
  let current = { messageId: '', sinceMs: 0, have: new Set<string>() };
  /** Nobody waits for these until they take a message. */
  const lost = new Set<string>();

  function noteAccepted(address: string): void {
    current.have.add(address);
    if (lost.delete(address)) log.info({ address }, 'the address takes messages again');
  }

  function noteLost({ address, answer }: Refusal): void {
    if (!lost.has(address)) log.warn({ address, answer }, 'an address does not get its messages');
    lost.add(address);
  }

  return {
    missing(messageId) {
      if (current.messageId !== messageId) {
        current = { messageId, sinceMs: clock.monotonic(), have: new Set() };
      }
      return addresses.filter((address) => !current.have.has(address));
    },

    judge({ accepted, refused }) {
      for (const address of accepted) noteAccepted(address);
      const isOver = clock.monotonic() - current.sinceMs >= patienceMs;
      const putOff = refused.filter(({ isTemporary }) => isTemporary);
      const inWords = refused.map(({ address, answer }) => `${address}: ${answer}`).join('; ');

      if (current.have.size === 0) {
        return putOff.length > 0 ? retry('throttled', inWords) : rejected(inWords);
      }
      const waitedFor = isOver ? [] : putOff.filter(({ address }) => !lost.has(address));
      if (waitedFor.length > 0) return retry('throttled', inWords);
      refused.forEach(noteLost);
      return delivered;
    },
  };
}
