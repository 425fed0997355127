import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { interfaceText } from '../../scripts/interface-document.ts';
import { readInterface } from '../support/interface.ts';
import { randomQuery } from '../support/random-query.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, startService } from '../support/service.ts';

const { operations } = readInterface(JSON.parse(await interfaceText()));
/** The queries with parameters, except streams, which do not end. */
const queries = operations
  .filter(({ method, path }) => method === 'get' && !path.endsWith('/stream'))
  .map(({ path, parameters }) => ({
    path: path.replace(/\{\w+\}/g, 'Orion'),
    names: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
  }))
  .filter(({ path, names }) => names.length > 0 && path.startsWith('/api/v1/'));

let service: LocalService;
beforeAll(async () => {
  service = await startService({
    HEARTBEAT_PROFILES_HERALD_ENABLED: 'true',
    HEARTBEAT_PROFILES_HERALD_PORT: '0',
  });
  const nowMs = Date.now();
  const heartbeats = Array.from({ length: 200 }, (_, n) => ({
    ...{ name: ['Orion', '=1+1', 'Ä,"\n'][n % 3], version: '1.0', instance: `i-${n % 7}` },
    timestamp: nowMs - n * 1_000_000,
  }));
  const body = JSON.stringify([
    ...heartbeats,
    { name: 'Orion', version: 'Orion', instance: 'Orion' },
  ]);
  await fetch(`${service.url}/api/v1/heartbeats`, { method: 'POST', body });
});
afterAll(() => service.stop());

describe('Every query', () => {
  it('is in the interface document', () => expect(queries.length).toBeGreaterThanOrEqual(6));

  it.each(queries)(
    'returns a result or a 4xx problem, and never fails: $path',
    async ({ path, names }) => {
      await fc.assert(
        fc.asyncProperty(randomQuery(names), async (query) => {
          const { status } = await exchange(service.port, requestText('GET', `${path}${query}`));
          // Without a Monasca its queries are unavailable.
          const isOfMonasca = /source|compare/.test(query);
          const isOfInstance = path.startsWith('/api/v1/instance');
          expect([
            ...[200, 400],
            ...(isOfMonasca ? [503] : []),
            ...(isOfInstance ? [404] : []),
          ]).toContain(status);
        }),
        { numRuns: 150 },
      );
      expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );
});
