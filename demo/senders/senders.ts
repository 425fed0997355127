import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Component } from './components.ts';
import { post } from './post.ts';
import type { SentHeartbeats } from './sent-heartbeats.ts';

export type SendersOptions = {
  readonly serviceUrl: string;
  readonly sent: SentHeartbeats;
  readonly onProblem: (problem: string) => void;
};

/** One simulated process that sends the heartbeats of some instances of a component. */
type Sender = {
  readonly component: Component;
  readonly instances: readonly string[];
  readonly life: AbortController;
  readonly finished: Promise<void>;
};

/** `stop` sends a last heartbeat with the status `stopping`, `crash` nothing. */
export type End = 'stop' | 'crash';

/** Largest deviation from the interval, as a share of it. */
const jitter = 0.1;

export class Senders {
  readonly #options: SendersOptions;
  readonly #running = new Set<Sender>();

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  /** Starts every instance; the instances of a component that batches share one sender. */
  startAll(components: readonly Component[]): void {
    for (const component of components) {
      const instances = Array.from({ length: component.instances }, newId);
      const groups = component.protocol === 'batch' ? [instances] : instances.map((one) => [one]);
      for (const group of groups) this.start(component, group);
    }
  }

  /** Starts a sender for a new instance, or for given ones; returns the instances. */
  start(component: Component, instances: readonly string[] = [newId()]): readonly string[] {
    const life = new AbortController();
    const finished = this.#send(component, instances, life.signal);
    this.#running.add({ component, instances, life, finished });
    return instances;
  }

  /** Ends the oldest sender of the component; returns its instances, none if none runs. */
  async end(component: Component, how: End): Promise<readonly string[]> {
    const sender = this.#running.values().find((one) => one.component === component);
    if (!sender) return [];
    this.#running.delete(sender);
    sender.life.abort(how);
    await sender.finished;
    return sender.instances;
  }

  async stopAll(): Promise<void> {
    for (const { life } of this.#running) life.abort('stop' satisfies End);
    await Promise.all([...this.#running].map(({ finished }) => finished));
  }

  async #send(component: Component, instances: readonly string[], signal: AbortSignal) {
    const { name, version, intervalSeconds, protocol } = component;
    const { serviceUrl, sent, onProblem } = this.#options;
    let lastMs = 0;
    const send = async (isStopping: boolean) => {
      // Monasca keeps one measurement of a series per millisecond: no two heartbeats share one.
      const timestampMs = Math.max(Date.now(), lastMs + 1);
      lastMs = timestampMs;
      const others = { name, version, timestampMs, intervalSeconds, isStopping };
      const heartbeats = instances.map((instance) => ({ ...others, instance }));
      const result = await post(serviceUrl, protocol, heartbeats);
      sent.record(heartbeats, result);
      if (result.kind !== 'accepted') onProblem(`A request is ${result.kind}: ${result.detail}`);
    };
    const pause = (intervals: number) =>
      delay(intervals * intervalSeconds * 1_000, undefined, { signal }).catch(() => {});

    // The instances of a deployment do not start at the same moment.
    await pause(Math.random());
    while (!signal.aborted) {
      await send(false);
      await pause(1 + jitter * (2 * Math.random() - 1));
    }
    if (signal.reason === ('stop' satisfies End) && protocol !== 'beat') await send(true);
  }
}

/** An id like the short form of a container id; new for every instance. */
const newId = (): string => randomBytes(4).toString('hex');
