import { startFakeKafka } from '../fake-kafka.ts';
import type { NotifierType } from './notifier-type.ts';

export const kafkaType: NotifierType = {
  type: 'kafka',
  async startReceiver() {
    const kafka = await startFakeKafka({ events: 3 });
    const idOf = (value: string): string => JSON.parse(value).id;
    return {
      settings: { brokers: [kafka.address], topic: 'events' },
      marks: () => kafka.messages.map(({ value }) => idOf(value)),
      stop: kafka.stop,
    };
  },
  markOf: ({ id }) => id,
};
