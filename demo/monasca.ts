import { z } from 'zod';
import type { Series } from './fleet/beat.ts';
import { account } from './stack/stack.ts';

/** Monasca as any of its users reads it: with a token of Keystone, page by page. */
export type Monasca = {
  /** How many heartbeats of each series there are since a time. */
  counts(sinceMs: number): Promise<readonly Count[]>;
  /** The timestamps, in milliseconds, of all heartbeats of one series since a time. */
  timestamps(series: Series, sinceMs: number): Promise<Set<number>>;
};

export type Count = { readonly series: Series; readonly heartbeats: number };

const timeoutMs = 10_000;
/** Small enough that a demo of some minutes has more than one page. */
const pageRows = 500;

const links = z.array(z.object({ rel: z.string(), href: z.string() }));
const dimensions = z.object({ name: z.string(), version: z.string(), instance: z.string() });
const statisticsPage = z.object({
  links,
  elements: z.array(
    z.object({ dimensions, statistics: z.array(z.tuple([z.string(), z.number()])) }),
  ),
});
const measurementsPage = z.object({
  links,
  elements: z.array(
    z.object({ dimensions, measurements: z.array(z.tuple([z.string(), z.number(), z.unknown()])) }),
  ),
});

export function createMonasca(keystoneUrl: string, monascaUrl: string): Monasca {
  let token: string | undefined;

  /** With the token in hand, and once more with a new one where that is no longer good. */
  const get = async (path: string, query: Record<string, string>): Promise<unknown> => {
    const url = `${monascaUrl}${path}?${new URLSearchParams(query)}`;
    for (let attempt = 1; ; attempt++) {
      token ??= await logIn(keystoneUrl);
      const answer = await fetch(url, {
        headers: { 'x-auth-token': token },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await answer.text();
      if (answer.status === 200) return JSON.parse(text);
      token = undefined;
      if (answer.status !== 401 || attempt > 1) {
        throw new Error(`Monasca answers ${answer.status}: ${text}`);
      }
    }
  };

  async function* pages<T extends { links: z.infer<typeof links> }>(
    path: string,
    query: Record<string, string>,
    schema: z.ZodType<T>,
  ): AsyncGenerator<T> {
    for (let offset: string | undefined; ; ) {
      const page = schema.parse(await get(path, offset ? { ...query, offset } : query));
      yield page;
      const next = page.links.find(({ rel }) => rel === 'next');
      offset = (next && new URL(next.href).searchParams.get('offset')) ?? undefined;
      if (offset === undefined) return;
    }
  }

  const common = (sinceMs: number) => ({
    name: 'GE_Heartbeat',
    start_time: new Date(sinceMs).toISOString(),
  });

  return {
    async counts(sinceMs) {
      // `group_by=name,version` would be less to add up, but fails on a Monasca with InfluxDB.
      const query = { ...common(sinceMs), statistics: 'count', period: '0', group_by: '*' };
      const found: Count[] = [];
      for await (const { elements } of pages('/metrics/statistics', query, statisticsPage)) {
        for (const { dimensions: series, statistics } of elements) {
          found.push({ series, heartbeats: statistics[0]?.[1] ?? 0 });
        }
      }
      return found;
    },
    async timestamps(series, sinceMs) {
      const { name, version, instance } = series;
      const query = {
        ...common(sinceMs),
        dimensions: `name:${name},version:${version},instance:${instance}`,
        limit: String(pageRows),
      };
      const found = new Set<number>();
      for await (const { elements } of pages('/metrics/measurements', query, measurementsPage)) {
        for (const { measurements } of elements) {
          for (const [time] of measurements) found.add(Date.parse(time));
        }
      }
      return found;
    },
  };
}

async function logIn(keystoneUrl: string): Promise<string> {
  const domain = { id: account.domainId };
  const { user: name, password, project } = account;
  const identity = { methods: ['password'], password: { user: { name, password, domain } } };
  const answer = await fetch(`${keystoneUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: project, domain } } } }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const token = answer.headers.get('x-subject-token');
  if (!token) throw new Error(`Keystone answers ${answer.status}: ${await answer.text()}`);
  return token;
}
