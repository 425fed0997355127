import { delivered, type Outcome, rejected, retry } from '../../contract/outcome.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Refusal, SmtpResult } from './smtp-response.ts';

/**
 * The addresses that have a message already, and the ones that still wait for it.
 *
 * Servers accept or refuse each address. A message is delivered when one address has it; refused
 * addresses are logged and do not delay it. An address that is refused temporarily (greylisting) is
 * tried again, alone, for a few minutes. After that no message waits for it until it accepts one, so
 * that one full mailbox does not delay the messages for all others. When every address is refused
 * temporarily, the server has a problem, and the message waits.
 */
type Recipients = {
  /** Addresses that do not have the message yet. */
  missing(messageId: string): string[];
  outcomeOf(messageId: string, result: SmtpResult): Outcome;
};

/** Most servers that greylist accept the second attempt after one to five minutes. */
const maxWaitMs = 360_000;

/** Only the message under way and tests are ever sent again. */
const maxPartlySent = 10;

type PartlySent = { readonly sinceMs: number; readonly have: ReadonlySet<string> };

export function createRecipients(
  addresses: readonly string[],
  { clock, log }: Pick<Runtime, 'clock' | 'log'>,
): Recipients {
  /** Messages that some addresses have and others wait for, oldest first. */
  const partlySent = new Map<string, PartlySent>();
  /** Addresses for which no message waits until they accept one. */
  const failing = new Set<string>();

  function noteAccepted(address: string): void {
    if (failing.delete(address)) log.info({ address }, 'address accepts messages again');
  }

  function noteFailing({ address, response }: Refusal): void {
    if (!failing.has(address)) log.warn({ address, response }, 'address does not get its messages');
    failing.add(address);
  }

  function keep(messageId: string, message: PartlySent): void {
    partlySent.set(messageId, message);
    const [oldest] = partlySent.keys();
    if (partlySent.size > maxPartlySent && oldest !== undefined) partlySent.delete(oldest);
  }

  return {
    missing(messageId) {
      const have = partlySent.get(messageId)?.have;
      return addresses.filter((address) => !have?.has(address));
    },

    outcomeOf(messageId, { accepted, refused }) {
      accepted.forEach(noteAccepted);
      const now = clock.monotonic();
      const before = partlySent.get(messageId) ?? { sinceMs: now, have: [] };
      const message = { ...before, have: new Set([...before.have, ...accepted]) };
      const temporary = refused.filter(({ isTemporary }) => isTemporary);
      const detail = refused.map(({ address, response }) => `${address}: ${response}`).join('; ');

      if (message.have.size === 0) {
        return temporary.length > 0 ? retry('throttled', detail) : rejected(detail);
      }
      const isOver = now - message.sinceMs >= maxWaitMs;
      if (!isOver && temporary.some(({ address }) => !failing.has(address))) {
        keep(messageId, message);
        return retry('throttled', detail);
      }
      partlySent.delete(messageId);
      refused.forEach(noteFailing);
      return delivered;
    },
  };
}
