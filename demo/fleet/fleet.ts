import { randomBytes } from 'node:crypto';
import type { Component } from './components.ts';
import { type Sender, type Surroundings, startSender } from './sender.ts';

export type Fleet = {
  /** Starts instances of a component that send together: a new one, or those that were there. */
  start(component: Component, instances?: readonly string[]): readonly string[];
  /**
   * Ends the sender of the component that has run for the longest, without a word, as a crash does.
   * Gives its instances; none where none runs.
   */
  kill(component: Component): Promise<readonly string[]>;
  /** The same with a goodbye. */
  dismiss(component: Component): Promise<readonly string[]>;
  /** Every instance says goodbye and ends. */
  stop(): Promise<void>;
};

type Running = {
  readonly component: Component;
  readonly instances: readonly string[];
  readonly sender: Sender;
};

/** Starts every instance; those of a component that batches share one sender. */
export function startFleet(deployment: readonly Component[], surroundings: Surroundings): Fleet {
  const ids = new Set<string>();
  const running = new Set<Running>();

  /** As short ids of containers look, and shorter; a new one each time, as theirs are. */
  function newId(): string {
    const id = randomBytes(2).toString('hex');
    if (ids.has(id)) return newId();
    ids.add(id);
    return id;
  }

  function start(component: Component, instances: readonly string[] = [newId()]) {
    const sender = startSender(component, instances, surroundings);
    running.add({ component, instances, sender });
    return instances;
  }

  async function end(component: Component, how: 'kill' | 'stop'): Promise<readonly string[]> {
    const one = running.values().find((other) => other.component === component);
    if (!one) return [];
    running.delete(one);
    await one.sender[how]();
    return one.instances;
  }

  for (const component of deployment) {
    const instances = Array.from({ length: component.instances }, newId);
    const groups = component.protocol === 'batch' ? [instances] : instances.map((one) => [one]);
    for (const group of groups) start(component, group);
  }

  return {
    start,
    kill: (component) => end(component, 'kill'),
    dismiss: (component) => end(component, 'stop'),
    async stop() {
      await Promise.all([...running].map(({ sender }) => sender.stop()));
    },
  };
}
