import { startTestServer } from '../test-server.ts';
import type { NotifierType } from './notifier-type.ts';

export const webhookType: NotifierType = {
  type: 'webhook',
  markOf: ({ id }) => id,
  async startReceiver() {
    const server = await startTestServer();
    return {
      settings: { url: server.url, allowPrivate: true },
      marks: () => server.received.map(({ body }) => JSON.parse(body).id),
      stop: () => server.stop(),
    };
  },
};
