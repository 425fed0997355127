import type { Router } from '@koa/router';
import { baseUri } from './links.ts';
import { unprocessable } from './problems.ts';
import { addRoute, type RequestState } from './route.ts';

const versionId = 'v2.0';

/** The versions of the API, which need a token and no role. */
export function addVersionRoutes(router: Router<RequestState>): void {
  addRoute(router, '/', {
    GET: (context) => {
      const self = baseUri(context);
      return { links: [{ rel: 'self', href: self }], elements: [version(`${self}${versionId}`)] };
    },
  });
  addRoute(router, '/:version', {
    GET: (context, _bearer, parameters) => {
      if (parameters['version'] === versionId) return version(baseUri(context));
      const description = `No versions found matching ID: ${parameters['version']}`;
      throw unprocessable(description, 'Invalid version');
    },
  });
}

function version(href: string) {
  return {
    id: versionId,
    links: [{ rel: 'self', href }],
    status: 'CURRENT',
    updated: '2013-03-06T00:00:00.000Z',
  };
}
