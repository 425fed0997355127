import { startPeer } from '../peer.ts';
import type { NotifierType } from './notifier-type.ts';

export const webhookType: NotifierType = {
  type: 'webhook',
  markOf: ({ id }) => id,
  async startReceiver() {
    const peer = await startPeer();
    return {
      settings: { url: peer.url, allowPrivate: true },
      marks: () => peer.received.map(({ body }) => JSON.parse(body).id),
      stop: () => peer.stop(),
    };
  },
};
