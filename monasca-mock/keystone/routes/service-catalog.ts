import { z } from 'zod';
import { conflict, expecting } from '../errors.ts';
import type { KeystoneState } from '../store/state.ts';
import { attributes, Resource } from './resource.ts';
import type { Routes } from './route.ts';

const services = new Resource({
  singular: 'service',
  records: (state) => state.services,
  attributes: attributes({
    type: z.string().min(1).max(255),
    name: z.string().min(1).max(255).optional(),
    enabled: z.boolean().optional(),
  }),
  defaults: { name: null, enabled: true },
  filters: ['type', 'name'],
  derived: ({ name }) => ({ name: name ?? undefined }),
  beforeDelete({ state }, { id }) {
    state.endpoints.removeWhere(({ serviceId }) => serviceId === id);
  },
});

const endpoints = new Resource({
  singular: 'endpoint',
  records: (state) => state.endpoints,
  attributes: attributes({
    service_id: z.string(),
    interface: z.enum(['public', 'internal', 'admin']),
    url: z.string().min(1),
    region_id: z.string().nullish(),
    region: z.string().optional(),
    enabled: z.boolean().optional(),
  }),
  defaults: { regionId: null, enabled: true, follows: null },
  clearable: ['region_id'],
  filters: ['interface', 'service_id', 'region_id'],
  derived: ({ regionId }) => ({ region: regionId }),
  prepare(state, sent, before) {
    if (before === undefined && !state.services.get(sent.service_id ?? '')) {
      throw expecting('endpoint service_id', 'service table');
    }
    // An address that a client sets stays as it is when the ports of the mock change.
    return { ...regionFor(state, sent), ...(sent.url === undefined ? {} : { follows: null }) };
  },
});

const regions = new Resource({
  singular: 'region',
  records: (state) => state.regions,
  attributes: attributes({
    id: z.string().max(255).optional(),
    description: z.string().nullish(),
    parent_region_id: z.string().nullish(),
  }),
  defaults: { description: '', parentRegionId: null },
  fixed: ['id'],
  filters: [],
  mayRead: () => true,
  prepare(state, { id }, before) {
    if (before || id === undefined || !state.regions.get(id)) return undefined;
    throw conflict('region', `Duplicate ID, ${id}.`);
  },
});

export const serviceCatalogRoutes: Routes = {
  ...services.routes(),
  ...endpoints.routes(),
  ...regions.routes(),
};

/** `region_id` must exist; the older attribute `region` creates a region that does not exist. */
function regionFor(
  { regions }: KeystoneState,
  sent: { region_id?: string | null | undefined; region?: string | undefined },
): { regionId: string } | undefined {
  const { region_id: regionId, region } = sent;
  if (regionId != null && regions.get(regionId) === undefined) {
    throw expecting('endpoint region_id', 'region table');
  }
  if (regionId !== undefined || region === undefined) return undefined;
  if (regions.get(region) === undefined) {
    regions.put({ id: region, description: '', parentRegionId: null });
  }
  return { regionId: region };
}
