import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { resultPages } from '../../service/monasca/reading/pages.ts';
import type { QueryParameters } from '../../service/monasca/reading/query.ts';

type Page = { readonly elements: unknown[]; readonly next?: string };

/** Reads all pages of a Monasca that answers with these pages, one after the other. */
async function readAll(pages: readonly Page[]) {
  const queries: QueryParameters[] = [];
  const results = resultPages(
    async (path, parameters) => {
      expect(path).toBe('/metrics');
      const page = pages[queries.length];
      queries.push(parameters);
      if (!page) throw new Error('there is no further page');
      const { elements, next } = page;
      const links = [{ rel: 'self', href: 'http://monasca/v2.0/metrics?offset=self' }];
      return { links: next ? [...links, { rel: 'next', href: next }] : links, elements };
    },
    '/metrics',
    { name: 'GE_Heartbeat' },
    z.string(),
    new AbortController().signal,
  );
  const found: string[][] = [];
  for await (const page of results) found.push([...page]);
  return { found, offsets: queries.map(({ offset }) => offset), queries };
}

const next = (offset: string) =>
  `http://monasca.internal:8070/v2.0/metrics?limit=2&offset=${offset}`;

describe('resultPages', () => {
  it('reads each page, with the offset of the link and the parameters of the first query', async () => {
    const { found, queries } = await readAll([
      { elements: ['a', 'b'], next: next('one') },
      { elements: ['c', 'd'], next: next('two') },
      { elements: ['e'] },
    ]);
    expect(found).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(queries).toEqual([
      { name: 'GE_Heartbeat', offset: undefined },
      { name: 'GE_Heartbeat', offset: 'one' },
      { name: 'GE_Heartbeat', offset: 'two' },
    ]);
  });

  it.each([['2026-01-01T00:00:00.000Z'], ['id_2026-01-01T00:00:00+00:00'], ['50% & more']])(
    'decodes the offset %j, which Monasca encodes up to twice',
    async (offset) => {
      const twice = encodeURIComponent(encodeURIComponent(offset));
      for (const encoded of [encodeURIComponent(offset), twice]) {
        const { offsets } = await readAll([
          { elements: ['a'], next: next(encoded) },
          { elements: ['b'] },
        ]);
        expect(offsets).toEqual([undefined, offset]);
      }
    },
  );

  it('ends with an empty page, and with a link to the same page', async () => {
    const full = { elements: ['a'], next: next('one') };
    expect((await readAll([full, { elements: [], next: next('two') }])).found).toEqual([['a'], []]);
    expect((await readAll([full, full])).found).toEqual([['a'], ['a']]);
  });

  it('rejects a page that is not what Monasca specifies', async () => {
    await expect(readAll([{ elements: [1] }])).rejects.toThrow(
      'Monasca: the response of /metrics does not match its specification',
    );
  });
});
