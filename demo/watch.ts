import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type InstanceState, instanceStates } from '../service/contract/instance.ts';
import type { Series } from './fleet/beat.ts';
import type { Count, Monasca } from './monasca.ts';

/** What is seen from outside, of the service and of Monasca, through what both offer everybody. */
export type Sight = {
  /** Heartbeats that wait for delivery. */
  readonly outbox: number;
  /** The same, every half second; the newest last. */
  readonly outboxHistory: readonly number[];
  readonly outboxPeak: number;
  readonly deadLetters: number;
  /** What the service thinks of them. */
  readonly monasca: Peer;
  readonly keystone: Peer;
  /** The instances that the service knows. */
  readonly instances: readonly Instance[];
  /** What is in Monasca. */
  readonly counts: readonly Count[];
};

export type Instance = { readonly series: Series; readonly state: InstanceState };

export type Peer = {
  readonly isUp: boolean;
  readonly sinceMs?: number | undefined;
  readonly reason?: string | undefined;
};

export type Watch = {
  readonly sight: Sight;
  /** Looks at the service now and says how much waits; rejects where that cannot be seen. */
  look(): Promise<number>;
  stop(): Promise<void>;
};

const lookEveryMs = 250;
const rememberEveryMs = 500;
const countEveryMs = 1_000;
const longestMemory = 300;

const peer = z.object({ status: z.string() });
const health = z.object({
  dependencies: z.object({
    store: z.object({ outbox: z.object({ records: z.number() }) }),
    monasca: peer.extend({
      since: z.iso.datetime().optional(),
      lastFailure: z.object({ reason: z.string() }).optional(),
    }),
    keystone: peer,
  }),
});
const deadLetters = z.object({ total: z.number() });
/** More than a demo has. */
const mostInstances = 1_000;
const known = z.object({
  instances: z.array(
    z
      .object({
        ...{ name: z.string(), version: z.string(), instance: z.string() },
        state: z.enum(instanceStates),
      })
      .transform(({ state, ...series }): Instance => ({ series, state })),
  ),
});

/**
 * Looks several times a second until it is stopped. What cannot be seen stays as it was; where that
 * is the service itself, `onBlind` is told once.
 */
export function startWatch(
  serviceUrl: string,
  monasca: Monasca,
  sinceMs: number,
  onBlind: (reason: string) => void,
): Watch {
  const life = new AbortController();
  const history: number[] = [0];
  let sight: Sight = {
    outbox: 0,
    outboxHistory: history,
    outboxPeak: 0,
    deadLetters: 0,
    monasca: { isUp: true },
    keystone: { isUp: true },
    instances: [],
    counts: [],
  };

  const look = async (): Promise<number> => {
    const { dependencies } = health.parse(await getJson(`${serviceUrl}/health`));
    const { store, monasca: destination, keystone } = dependencies;
    const outbox = store.outbox.records;
    const { total } = deadLetters.parse(await getJson(`${serviceUrl}/api/v1/dead-letters?limit=1`));
    const { instances } = known.parse(
      await getJson(`${serviceUrl}/api/v1/instances?limit=${mostInstances}`),
    );
    sight = {
      ...sight,
      outbox,
      instances,
      outboxPeak: Math.max(sight.outboxPeak, outbox),
      deadLetters: total,
      monasca: {
        isUp: destination.status !== 'down',
        sinceMs: destination.since === undefined ? undefined : Date.parse(destination.since),
        reason: destination.lastFailure?.reason,
      },
      keystone: { isUp: keystone.status !== 'down' },
    };
    return outbox;
  };
  const count = async () => {
    sight = { ...sight, counts: await monasca.counts(sinceMs) };
  };
  const remember = async () => {
    if (history.push(sight.outbox) > longestMemory) history.shift();
  };

  let isBlind = false;
  const lookOrSay = () =>
    look().then(
      () => {
        isBlind = false;
      },
      (error: unknown) => {
        if (!isBlind && !life.signal.aborted) onBlind(String(error));
        isBlind = true;
      },
    );

  const every = async (ms: number, task: () => Promise<unknown>) => {
    while (!life.signal.aborted) {
      // Monasca cannot be counted while it is away.
      await task().catch(() => undefined);
      await delay(ms, undefined, { signal: life.signal }).catch(() => undefined);
    }
  };
  const over = Promise.all([
    every(lookEveryMs, lookOrSay),
    every(countEveryMs, count),
    every(rememberEveryMs, remember),
  ]);

  return {
    get sight() {
      return sight;
    },
    look,
    async stop() {
      life.abort();
      await over;
    },
  };
}

async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return answer.json();
}
