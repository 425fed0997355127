import { z } from 'zod';
import type { OpenStackOptions } from '../../contract/openstack/options.ts';

/** The service catalog of a token, reduced to the used fields. */
export const catalogSchema = z.array(
  z.object({
    type: z.string(),
    endpoints: z.array(
      z.object({
        interface: z.string(),
        url: z.string(),
        region: z.string().nullish(),
        region_id: z.string().nullish(),
      }),
    ),
  }),
);
export type Catalog = z.infer<typeof catalogSchema>;
type Endpoint = Catalog[number]['endpoints'][number];

export type Discovery =
  | { readonly kind: 'found'; readonly endpoint: string }
  | { readonly kind: 'missing'; readonly detail: string };

const serviceType = 'monitoring';

/** Finds Monasca's address in a token's catalog, by interface and, if configured, by region. */
export function findMonasca(
  catalog: Catalog,
  wanted: Pick<OpenStackOptions, 'region' | 'interface'>,
): Discovery {
  const endpoints = catalog
    .filter(({ type }) => type === serviceType)
    .flatMap((service) => service.endpoints);
  const match = endpoints.find(
    (endpoint) =>
      endpoint.interface === wanted.interface &&
      (wanted.region === undefined || regions(endpoint).includes(wanted.region)),
  );
  if (match && URL.canParse(match.url)) {
    return { kind: 'found', endpoint: monascaEndpoint(match.url) };
  }
  const inRegion = wanted.region === undefined ? '' : ` in region ${wanted.region}`;
  const searched = `${wanted.interface} endpoint of a ${serviceType} service${inRegion}`;
  const detail = match
    ? `the catalog's ${searched} is not a URL: ${match.url}`
    : `the catalog has no ${searched}; ${contents(catalog, endpoints)}`;
  return { kind: 'missing', detail };
}

/** Address of Monasca's API, with the version and without a trailing slash. */
export function monascaEndpoint(url: string): string {
  const base = url.trim().replace(/\/+$/, '');
  return base.endsWith('/v2.0') ? base : `${base}/v2.0`;
}

/** Content of the catalog, for the error message. */
function contents(catalog: Catalog, endpoints: readonly Endpoint[]): string {
  if (endpoints.length > 0) {
    const found = endpoints.map((endpoint) => {
      return `${endpoint.interface} in ${regions(endpoint)[0] ?? 'no region'}`;
    });
    return `of ${serviceType} it has ${found.join(', ')}`;
  }
  if (catalog.length === 0) return 'it is empty: does the login name a project?';
  return `it has the services ${catalog.map(({ type }) => type).join(', ')}`;
}

/** `region` is the older name of `region_id`; Keystone returns both. */
function regions({ region, region_id }: Endpoint): string[] {
  return [region_id, region].filter((name) => typeof name === 'string');
}
