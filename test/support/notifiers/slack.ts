import { startPeer } from '../peer.ts';
import type { NotifierType } from './notifier-type.ts';

/** A message for people has no ids: an event is known by its word and its instance. */
export const slackType: NotifierType = {
  type: 'slack',
  markOf: ({ data: { kind, instance = '' } }) => `${kind.toUpperCase()} ${instance}`,
  async startReceiver() {
    const peer = await startPeer();
    return {
      settings: { url: `${peer.url}/services/T0/B0/x`, groupSeconds: 0 },
      marks: () =>
        peer.received.flatMap(({ body }) =>
          [...body.matchAll(/\*([A-Z]+)\* Orion 1\.0 `(\w+)`/g)].map(
            ([, word, instance]) => `${word} ${instance}`,
          ),
        ),
      stop: peer.stop,
    };
  },
};
