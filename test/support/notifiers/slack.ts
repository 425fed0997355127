import { startTestServer } from '../test-server.ts';
import type { NotifierType } from './notifier-type.ts';

/** A message for people has no ids: kind and instance identify an event. */
export const slackType: NotifierType = {
  type: 'slack',
  markOf: ({ data: { kind, instance = '' } }) => `${kind.toUpperCase()} ${instance}`,
  async startReceiver() {
    const server = await startTestServer();
    return {
      settings: { url: `${server.url}/services/T0/B0/x`, groupSeconds: 0 },
      marks: () =>
        server.received.flatMap(({ body }) =>
          [...body.matchAll(/\*([A-Z]+)\* Orion 1\.0 `(\w+)`/g)].map(
            ([, word, instance]) => `${word} ${instance}`,
          ),
        ),
      stop: server.stop,
    };
  },
};
