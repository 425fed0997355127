import { startTestServer } from '../test-server.ts';
import type { NotifierType } from './notifier-type.ts';

type Posted = readonly { readonly annotations: { readonly event_id: string } }[];

/** An alert has the id of its last event, so that the last event of an instance can be found. */
export const alertmanagerType: NotifierType = {
  type: 'alertmanager',
  markOf: ({ id }) => id,
  identities: [{ name: 'Orion', version: '1.0', instance: 'a' }],
  newestWins: true,
  async startReceiver() {
    const server = await startTestServer();
    return {
      settings: { urls: [server.url] },
      marks: () =>
        server.received.flatMap(({ body }) => {
          const posted: Posted = JSON.parse(body);
          return [...new Set(posted.map(({ annotations }) => annotations.event_id))];
        }),
      stop: server.stop,
    };
  },
};
