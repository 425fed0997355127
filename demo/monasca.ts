import { z } from 'zod';
import type { Identity } from '../service/contract/instance.ts';
import { http } from './http.ts';
import { account, type Stack } from './stack/stack.ts';

type Addresses = Pick<Stack, 'keystoneUrl' | 'monascaUrl'>;
export type HeartbeatCount = Identity & { readonly heartbeats: number };

/** Small enough that a demo of some minutes has more than one page. */
const pageRows = 500;

const text = z.string();
/** A time and a number, and of measurements their `value_meta`. */
const rows = z.array(z.tuple([text, z.number()]).rest(z.unknown())).default([]);
const dimensions = z.object({ name: text, version: text, instance: text });
const pageSchema = z.object({
  links: z.array(z.object({ rel: text, href: text })),
  elements: z.array(z.object({ dimensions, statistics: rows, measurements: rows })),
});
type Element = z.infer<typeof pageSchema>['elements'][number];

/** Counts the heartbeats of each instance since a time. */
export async function countHeartbeats(at: Addresses, sinceMs: number): Promise<HeartbeatCount[]> {
  // `group_by=name,version` would return fewer rows, but fails on a Monasca with InfluxDB.
  const query = { statistics: 'count', period: '0', group_by: '*' };
  const elements = await readPages(at, 'statistics', sinceMs, query);
  return elements.map(({ dimensions, statistics: [row] }) => {
    return { ...dimensions, heartbeats: row?.[1] ?? 0 };
  });
}

/** Returns the timestamps, in epoch ms, of all heartbeats of an instance since a time. */
export async function readTimestamps(
  at: Addresses,
  { name, version, instance }: Identity,
  sinceMs: number,
): Promise<Set<number>> {
  const dimensions = `name:${name},version:${version},instance:${instance}`;
  const query = { dimensions, limit: String(pageRows) };
  const elements = await readPages(at, 'measurements', sinceMs, query);
  return new Set(elements.flatMap((one) => one.measurements.map(([time]) => Date.parse(time))));
}

/** Reads Monasca through its public API, with a token of Keystone, as any of its users does. */
async function readPages(
  { keystoneUrl, monascaUrl }: Addresses,
  what: 'statistics' | 'measurements',
  sinceMs: number,
  query: Record<string, string>,
): Promise<Element[]> {
  const headers = { 'x-auth-token': await logIn(keystoneUrl) };
  const common = { name: 'GE_Heartbeat', start_time: new Date(sinceMs).toISOString() };
  const searchParams = new URLSearchParams({ ...common, ...query });
  const all: Element[] = [];
  for (;;) {
    const page = await http(`${monascaUrl}/metrics/${what}`, { headers, searchParams }).json();
    const { links, elements } = pageSchema.parse(page);
    all.push(...elements);
    const next = links.find(({ rel }) => rel === 'next');
    const offset = next && new URL(next.href).searchParams.get('offset');
    if (!offset) return all;
    searchParams.set('offset', offset);
  }
}

async function logIn(keystoneUrl: string): Promise<string> {
  const { user: name, password, project, domainId } = account;
  const domain = { id: domainId };
  const identity = { methods: ['password'], password: { user: { name, password, domain } } };
  const json = { auth: { identity, scope: { project: { name: project, domain } } } };
  const { headers } = await http.post(`${keystoneUrl}/auth/tokens`, { json });
  return String(headers['x-subject-token']);
}
