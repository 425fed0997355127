import type { KafkaConfig } from '../../config/sections/notifiers/kafka.ts';
import type { Notifier } from '../notifier.ts';
import { cutBySize, messagesOf } from './messages.ts';
import { type KafkaTarget, KafkaTopic } from './topic.ts';

/** Most events in a call; requests are cut by size. */
const batchRecords = 1_000;

/**
 * Sends events to a topic. Events of one component have the same key, so they keep their order.
 *
 * A request that fails may have stored a part of its messages. Those are not sent again by the calls
 * that follow with the same events: the ids of what was stored are kept until the rest is delivered.
 */
export function createKafka(config: KafkaTarget & Pick<KafkaConfig, 'format'>): Notifier {
  const topic = new KafkaTopic(config);
  const storedIds = new Set<string>();

  return {
    batchRecords,
    batchWaitMs: 0,
    async deliver(events, signal) {
      const messages = messagesOf(events, config.format);
      const missing = messages.filter(({ id }) => !storedIds.has(id));
      for (const request of cutBySize(missing)) {
        const { outcome, stored } = await topic.send(request, signal);
        for (const { id } of stored) storedIds.add(id);
        if (outcome.kind !== 'delivered') return outcome;
      }
      for (const { id } of messages) storedIds.delete(id);
      return { kind: 'delivered', records: messages.length };
    },
    close: () => topic.close(),
  };
}
