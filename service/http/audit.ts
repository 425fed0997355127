import type { EventBody } from '../contract/event.ts';
import type { Log } from '../runtime/log.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { Route } from './route.ts';

/**
 * The routes with a record of each change, its caller and address: a line of the log, and an event
 * unless the route writes one itself. Reading leaves no record.
 */
export function audited(
  routes: readonly Route[],
  record: (event: EventBody) => Promise<void>,
  log: Log,
): readonly Route[] {
  return routes.map((route) => {
    if (route.scope !== 'admin' || route.method === 'get') return route;
    const action = `${route.method.toUpperCase()} ${route.path}`;
    return {
      ...route,
      async handle(context, caller) {
        await route.handle(context, caller);
        if (context.status >= 300) return;
        const { by } = caller;
        log.info({ by, action, path: context.path }, 'an admin changed something');
        if (route.writesOwnEvent) return;
        try {
          await record(actionEvent(action, by));
        } catch (error) {
          // The change is made, and the log has it.
          if (!(error instanceof StoreUnavailable)) throw error;
        }
      },
    };
  });
}

const actionEvent = (action: string, by: string): EventBody => ({
  kind: 'admin.acted',
  subject: undefined,
  reason: `${action}, by ${by}.`,
  data: { action, by },
});
