import type { Routes } from './route.ts';

/** Version discovery, for clients that know only an address. */
export const discoveryRoutes: Routes = {
  'GET /': ({ origin }) => ({
    status: 300,
    json: { versions: { values: [version(origin)] } },
    headers: { Location: `${origin}/v3/` },
  }),
  'GET /v3': ({ origin }) => ({ status: 200, json: { version: version(origin) } }),
};

function version(origin: string) {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${origin}/v3/` }],
    'media-types': [
      { base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' },
    ],
  };
}
