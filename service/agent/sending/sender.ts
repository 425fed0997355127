import { type Destination, type Outcome, retry } from '../../contract/outcome.ts';

/** A way to send records. */
export type AgentSender<T> = {
  readonly send: Destination<T>;
  close(): Promise<void>;
};

/**
 * Tries senders in turn until one of them accepts or rejects the batch; begins with the one that did
 * so last.
 */
export function sendInTurn<T>(senders: readonly AgentSender<T>[]): AgentSender<T> {
  let preferred = 0;
  return {
    async send(batch, signal) {
      let outcome: Outcome = retry('unreachable', 'there is no destination');
      for (let tried = 0; tried < senders.length && !signal.aborted; tried += 1) {
        const index = (preferred + tried) % senders.length;
        outcome = (await senders[index]?.send(batch, signal)) ?? outcome;
        if (outcome.kind === 'retry') continue;
        preferred = index;
        break;
      }
      return outcome;
    },
    async close() {
      await Promise.all(senders.map((sender) => sender.close()));
    },
  };
}
