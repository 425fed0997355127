import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import type { Identity } from '../../service/contract/instance.ts';

/** An instance that sends heartbeats until the test stops it, accepted or not. */
export type Sender = Identity & {
  /** Times of the request and the response of the last acknowledged heartbeat; 0 before it. */
  lastSentMs(): number;
  lastAnsweredMs(): number;
  /** Stops the heartbeats, as a crash or a lost network does. Requests on the way may arrive. */
  silence(): void;
  resume(): void;
  /** Stops the heartbeats, and reports `stopping` until that is acknowledged. */
  sendStopping(): Promise<void>;
  /** Stops everything; resolves when no request is open. */
  end(): Promise<void>;
};

export type SenderOptions = {
  readonly name?: string;
  readonly version?: string;
  /** The declared interval: late after 2 of them, down after 4. */
  readonly intervalSeconds?: number;
  /** Time between two heartbeats, far below the interval so that a slow machine is not late. */
  readonly everyMs?: number;
};

const running = new Set<Sender>();
// A failed test has not stopped its senders.
afterAll(async () => {
  await Promise.all([...running].map((sender) => sender.end()));
});

/** `url` is called for each heartbeat, because a restarted service has another one. */
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

  // A heartbeat does not wait for the response to the previous one: a service may accept none.
  const loop = (async () => {
    while (!isEnded) {
      if (isBeating) beat();
      await delay(everyMs);
    }
  })();

  const sender: Sender = {
    ...identity,
    lastSentMs: () => lastSentMs,
    lastAnsweredMs: () => lastAnsweredMs,
    silence() {
      isBeating = false;
    },
    resume() {
      isBeating = true;
    },
    async sendStopping() {
      isBeating = false;
      await Promise.all(underWay);
      while (!isEnded && !(await post({ status: 'stopping' }))) await delay(50);
    },
    async end() {
      running.delete(sender);
      isEnded = true;
      await loop;
      await Promise.all(underWay);
    },
  };
  running.add(sender);
  return sender;
}
