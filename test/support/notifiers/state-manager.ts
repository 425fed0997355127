import type { EventKind } from '../../../service/contract/event.ts';
import { startFakeHsm } from '../fake-hsm.ts';
import type { NotifierType } from './notifier-type.ts';

/** The messages about an instance that sends only one heartbeat. */
const messages: Partial<Record<EventKind, string>> = {
  started: 'Heartbeat started',
  late: 'Heartbeat stopped -- might be dead',
  down: 'Heartbeat stopped -- declared dead',
};

export const stateManagerType: NotifierType = {
  type: 'state-manager',
  identities: ['x0', 'x1'].map((instance) => ({ name: 'Cabinet', version: 'hbtd', instance })),
  newestWins: true,
  markOf({ data }) {
    const message = messages[data.kind];
    return message && `${data.instance} ${message}`;
  },
  async startReceiver() {
    const hsm = await startFakeHsm();
    return {
      settings: { url: hsm.url },
      marks: () =>
        hsm.patches.flatMap(({ ComponentIDs, ExtendedInfo }) =>
          ComponentIDs.map((id) => `${id} ${ExtendedInfo.Message}`),
        ),
      stop: hsm.stop,
    };
  },
};
