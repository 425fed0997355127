import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from '../../service/contract/instance.ts';

/** One instance that beats until it is told not to, whatever becomes of the service. */
export type Sender = Identity & {
  /** When the last acknowledged heartbeat was sent and answered; 0 before there was one. */
  lastSentMs(): number;
  lastAnsweredMs(): number;
  /** Beats no more: it is dead, or cannot be heard. What is on its way may still arrive. */
  silence(): void;
  resume(): void;
  /** Says goodbye, again and again until that is acknowledged, and beats no more. */
  goodbye(): Promise<void>;
  /** Resolves when nothing of it is on its way any more. */
  end(): Promise<void>;
};

export type SenderOptions = {
  readonly name?: string;
  readonly version?: string;
  /** The declared one: late after 2 of them, down after 4. */
  readonly intervalSeconds?: number;
  /** Far more often than declared, so that a slow machine does not make it late. */
  readonly everyMs?: number;
};

/** `url` is asked for each heartbeat: a service that was started again has another one. */
export function startSender(
  url: () => string,
  instance: string,
  options: SenderOptions = {},
): Sender {
  const { name = 'Orion', version = '1.0', intervalSeconds = 1, everyMs = 250 } = options;
  const identity = { name, version, instance };
  const underWay = new Set<Promise<boolean>>();
  let isBeating = true;
  let isEnded = false;
  let lastSentMs = 0;
  let lastAnsweredMs = 0;

  async function post(heartbeat: object): Promise<boolean> {
    const sentMs = Date.now();
    try {
      const answer = await fetch(`${url()}/api/v1/heartbeats`, {
        method: 'POST',
        body: JSON.stringify({ ...identity, interval: intervalSeconds, ...heartbeat }),
        signal: AbortSignal.timeout(20_000),
      });
      await answer.arrayBuffer();
      if (answer.status !== 202) return false;
      lastSentMs = Math.max(lastSentMs, sentMs);
      lastAnsweredMs = Date.now();
      return true;
    } catch {
      return false;
    }
  }

  function beat(): void {
    const done = post({});
    underWay.add(done);
    void done.then(() => underWay.delete(done));
  }

  // The next one does not wait for the answer to the one before: a service may take none.
  const loop = (async () => {
    while (!isEnded) {
      if (isBeating) beat();
      await delay(everyMs);
    }
  })();

  return {
    ...identity,
    lastSentMs: () => lastSentMs,
    lastAnsweredMs: () => lastAnsweredMs,
    silence() {
      isBeating = false;
    },
    resume() {
      isBeating = true;
    },
    async goodbye() {
      isBeating = false;
      await Promise.all(underWay);
      while (!isEnded && !(await post({ status: 'stopping' }))) await delay(50);
    },
    async end() {
      isEnded = true;
      await loop;
      await Promise.all(underWay);
    },
  };
}
