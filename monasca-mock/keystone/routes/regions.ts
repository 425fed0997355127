import { z } from 'zod';
import { conflict } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Region } from '../store/records.ts';
import { newId } from '../store/state.ts';
import { regionBody } from './bodies.ts';
import {
  callerOf,
  collectionRoutes,
  type Exchange,
  listReply,
  named,
  noContent,
  type Reply,
  type Route,
  readMember,
  requireRight,
} from './route.ts';

const newRegion = z.object({
  id: z.string().max(255).optional(),
  description: z.string().nullish(),
  parent_region_id: z.string().nullish(),
});

/** Every valid token may read regions. */
export function regionRoutes(keystone: Keystone): Route[] {
  return collectionRoutes(keystone, '/v3/regions', { list, create, show, change, remove });
}

function list(keystone: Keystone, exchange: Exchange): Reply {
  callerOf(keystone, exchange);
  const bodies = keystone.state.regions.all().map((region) => regionBody(region, exchange.origin));
  return listReply(exchange, 'regions', bodies);
}

function create(keystone: Keystone, exchange: Exchange): Reply {
  const { regions } = keystone.state;
  const wanted = readMember(exchange, 'region', newRegion);
  requireRight(keystone, exchange, 'create_region');
  const id = wanted.id ?? newId();
  if (regions.get(id)) throw conflict('region', `Duplicate ID, ${id}.`);
  const region = regions.put({
    id,
    description: wanted.description ?? '',
    parentRegionId: wanted.parent_region_id ?? null,
  });
  return { status: 201, json: { region: regionBody(region, exchange.origin) } };
}

function show(keystone: Keystone, exchange: Exchange): Reply {
  callerOf(keystone, exchange);
  const region = regionOf(keystone, exchange);
  return { status: 200, json: { region: regionBody(region, exchange.origin) } };
}

function change(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'update_region');
  const before = regionOf(keystone, exchange);
  const wanted = readMember(exchange, 'region', newRegion);
  const region = keystone.state.regions.put({
    ...before,
    description: wanted.description ?? before.description,
    parentRegionId: wanted.parent_region_id ?? before.parentRegionId,
  });
  return { status: 200, json: { region: regionBody(region, exchange.origin) } };
}

function remove(keystone: Keystone, exchange: Exchange): Reply {
  requireRight(keystone, exchange, 'delete_region');
  keystone.state.regions.remove(regionOf(keystone, exchange).id);
  return noContent;
}

const regionOf = ({ state }: Keystone, exchange: Exchange): Region =>
  named(state.regions, 'region', exchange);
