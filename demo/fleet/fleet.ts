import { randomBytes } from 'node:crypto';
import type { Component } from './components.ts';
import { type Surroundings, startSender } from './sender.ts';

export type Fleet = {
  /** Every instance says goodbye and ends. */
  stop(): Promise<void>;
};

/** Starts every instance; those of a component that batches share one sender. */
export function startFleet(deployment: readonly Component[], surroundings: Surroundings): Fleet {
  const senders = deployment.flatMap((component) => {
    const instances = Array.from({ length: component.instances }, instanceId);
    const groups = component.protocol === 'batch' ? [instances] : instances.map((one) => [one]);
    return groups.map((group) => startSender(component, group, surroundings));
  });
  return {
    async stop() {
      await Promise.all(senders.map((sender) => sender.stop()));
    },
  };
}

/** As short ids of containers look; a new one each time, as theirs are. */
const instanceId = () => randomBytes(6).toString('hex');
