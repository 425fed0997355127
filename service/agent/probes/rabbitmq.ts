import { type ManagementAccess, type QueueReading, readQueue } from './management-api.ts';
import type { Pattern } from './pattern.ts';
import { notOk, ok, type Probe, type ProbeResult, unknown } from './probe.ts';

export type RabbitMqProbeOptions = {
  readonly access: ManagementAccess;
  readonly vhost: string;
  readonly queue: string;
  /** Counts the consumers whose tags match; all when absent. */
  readonly tag?: Pattern | undefined;
  /** 0: the queue has to exist. */
  readonly minConsumers: number;
};

/**
 * States of a consumer that receives messages, or will as soon as the active one of its queue ends
 * (single active consumer).
 */
const workingStates: ReadonlySet<string> = new Set(['up', 'single_active', 'waiting']);

/** A queue of RabbitMQ that exists and has its consumers. */
export function createRabbitMqProbe(options: RabbitMqProbeOptions): Probe {
  const { access, vhost, queue } = options;
  return async (signal) => queueResult(await readQueue(access, { vhost, queue }, signal), options);
}

function queueResult(
  reading: QueueReading,
  { queue, tag, minConsumers }: Pick<RabbitMqProbeOptions, 'queue' | 'tag' | 'minConsumers'>,
): ProbeResult {
  switch (reading.kind) {
    case 'failed':
      return unknown(reading.message);
    case 'missing':
      return notOk(`no queue ${queue}`);
    case 'queue': {
      const { consumers } = reading;
      const working = consumers.filter(
        (one) => workingStates.has(one.activity) && (!tag || tag(one.tag)),
      );
      if (working.length >= minConsumers) return ok;
      return notOk(`${working.length} of ${minConsumers} consumers`);
    }
  }
}
