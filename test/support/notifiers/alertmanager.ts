import { startPeer } from '../peer.ts';
import type { NotifierType } from './notifier-type.ts';

type Posted = readonly { readonly annotations: { readonly event_id: string } }[];

/** Alerts name the event that made them what they are, so the last one of an instance at least. */
export const alertmanagerType: NotifierType = {
  type: 'alertmanager',
  markOf: ({ id }) => id,
  identities: [{ name: 'Orion', version: '1.0', instance: 'a' }],
  newestWins: true,
  async startReceiver() {
    const peer = await startPeer();
    return {
      settings: { urls: [peer.url] },
      marks: () =>
        peer.received.flatMap(({ body }) => {
          const posted: Posted = JSON.parse(body);
          return [...new Set(posted.map(({ annotations }) => annotations.event_id))];
        }),
      stop: peer.stop,
    };
  },
};
