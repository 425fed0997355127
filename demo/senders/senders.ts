import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Print } from '../output.ts';
import type { DemoComponent, Protocol } from './components.ts';
import { post } from './post.ts';
import type { SentHeartbeat, SentHeartbeats } from './sent-heartbeats.ts';

export type Senders = ReturnType<typeof createSenders>;

/** Starts and ends simulated processes that send the heartbeats of some instances of a component. */
export function createSenders(serviceUrl: string, sent: SentHeartbeats, print: Print) {
  const running = new Set<ReturnType<typeof startSender>>();
  const send: Send = async (protocol, heartbeats) => {
    const result = await post(serviceUrl, protocol, heartbeats);
    sent.record(heartbeats, result);
    if (result.kind === 'accepted') return;
    print('problem', `A heartbeat request is ${result.kind}: ${result.detail}`);
  };
  /** Starts a sender for a new instance, or for given ones; returns the instances. */
  const start = (component: DemoComponent, instances: readonly string[] = [newId()]) => {
    running.add(startSender(component, instances, send));
    return instances;
  };
  return {
    start,
    /** Starts every instance; the instances of a component that batches share one sender. */
    startAll(components: readonly DemoComponent[]): void {
      for (const component of components) {
        const instances = Array.from({ length: component.instances }, newId);
        const groups = component.protocol === 'batch' ? [instances] : instances.map((one) => [one]);
        for (const group of groups) start(component, group);
      }
    },
    /** Ends the oldest sender of the component; returns its instances, none if none runs. */
    async end(component: DemoComponent, how: 'stop' | 'crash'): Promise<readonly string[]> {
      const sender = running.values().find((one) => one.component === component);
      if (!sender) return [];
      running.delete(sender);
      await sender.end(how);
      return sender.instances;
    },
    async endAll(how: 'stop' | 'crash'): Promise<void> {
      await Promise.all([...running].map((sender) => sender.end(how)));
    },
  };
}

type Send = (protocol: Protocol, heartbeats: readonly SentHeartbeat[]) => Promise<void>;

function startSender(component: DemoComponent, instances: readonly string[], send: Send) {
  const { name, version, intervalSeconds, protocol } = component;
  const life = new AbortController();
  const { signal } = life;
  let lastMs = 0;
  const sendNow = (isStopping: boolean) => {
    // Monasca keeps one measurement of a series per millisecond: no two heartbeats share one.
    const timestampMs = Math.max(Date.now(), lastMs + 1);
    lastMs = timestampMs;
    const others = { name, version, timestampMs, intervalSeconds, isStopping };
    const heartbeats = instances.map((instance) => ({ ...others, instance }));
    return send(protocol, heartbeats);
  };
  const pause = (intervals: number) =>
    delay(intervals * intervalSeconds * 1_000, undefined, { signal }).catch(() => {});
  const run = async () => {
    // The instances of a deployment do not start at the same moment.
    await pause(Math.random());
    while (!signal.aborted) {
      await sendNow(false);
      await pause(1);
    }
    if (signal.reason === 'stop' && protocol !== 'beat') await sendNow(true);
  };
  const finished = run();
  /** `stop` sends a last heartbeat with the status `stopping`, `crash` none. */
  const end = (how: 'stop' | 'crash') => {
    life.abort(how);
    return finished;
  };
  return { component, instances, end };
}

/** An id like the short form of a container id; new for every instance. */
const newId = (): string => randomBytes(4).toString('hex');
