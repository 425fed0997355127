import type { Config } from '../config/schema.ts';
import type { Route } from './route.ts';

/** The routes with the scopes that the configuration sets for monitoring. */
export const withConfiguredScopes = (routes: readonly Route[], auth: Config['auth']): Route[] =>
  routes.map((route) => {
    if (route.path === '/metrics')
      return { ...route, scope: auth.protectMetrics ? 'read' : 'none' };
    if (route.path === '/health') return { ...route, scope: auth.protectHealth ? 'read' : 'none' };
    return route;
  });
