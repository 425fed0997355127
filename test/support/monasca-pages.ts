import { z } from 'zod';
import type { MonascaServer } from './monasca-server.ts';

const listSchema = z.object({
  links: z.array(z.object({ rel: z.string(), href: z.string() })),
  elements: z.array(z.record(z.string(), z.unknown())),
});

export type MonascaPage = {
  elements: Record<string, unknown>[];
  /** The offset that the link to the next page names. */
  nextOffset: string | undefined;
};

export async function monascaPage(server: MonascaServer, path: string): Promise<MonascaPage> {
  const { json, status, text } = await server.get(path);
  if (status !== 200) throw new Error(`${status} ${text}`);
  const { links, elements } = listSchema.parse(json);
  const next = links.find(({ rel }) => rel === 'next');
  return { elements, nextOffset: next && offsetIn(next.href) };
}

/** All pages; each next request has the offset of the link and the parameters of `path`. */
export async function allMonascaPages(server: MonascaServer, path: string): Promise<MonascaPage[]> {
  const pages: MonascaPage[] = [];
  let offset: string | undefined;
  do {
    const parameter = offset === undefined ? '' : `&offset=${encodeURIComponent(offset)}`;
    const page = await monascaPage(server, path + parameter);
    pages.push(page);
    if (pages.length > 1000) throw new Error(`endless pages of ${path}`);
    offset = page.nextOffset;
  } while (offset !== undefined);
  return pages;
}

function offsetIn(href: string): string {
  return new URL(href).searchParams.get('offset') ?? '';
}
