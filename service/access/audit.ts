import type { EventBody } from '../contract/event.ts';
import type { Route } from '../http/route.ts';
import type { Log } from '../runtime/log.ts';
import { StoreUnavailable } from '../store/failure.ts';

/**
 * The routes with a record of who changed something, and from where: a line of the log, and an
 * event unless the route writes one itself that says so. What is only read leaves none.
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
      async handle(context, asker) {
        await route.handle(context, asker);
        if (context.status >= 300) return;
        const { by } = asker;
        log.info({ by, action, path: context.path }, 'an admin changed something');
        if (route.writesOwnEvent) return;
        try {
          await record(actionEvent(action, by));
        } catch (error) {
          // It is done, and the log has it.
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
