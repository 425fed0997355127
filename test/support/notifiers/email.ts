import { headersOf, startMailServer } from '../mail-server.ts';
import type { NotifierType } from './notifier-type.ts';

/** Each message names its events. */
export const emailType: NotifierType = {
  type: 'email',
  markOf: ({ id }) => id,
  async startReceiver() {
    const server = await startMailServer();
    return {
      settings: {
        host: '127.0.0.1',
        port: server.port,
        encryption: 'none',
        from: 'heartbeat@example.org',
        to: ['ops@example.org'],
        groupSeconds: 0,
      },
      marks: () =>
        server.received.flatMap(
          ({ source }) => headersOf(source)['x-heartbeat-event-ids']?.split(' ') ?? [],
        ),
      stop: server.stop,
    };
  },
};
