import { z } from 'zod';
import { type MonascaQuery, MonascaUnavailable, type QueryParameters } from './query.ts';

const pageSchema = z.object({
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
  elements: z.array(z.unknown()),
});

/**
 * Yields all pages of a result.
 *
 * `next` is not followed as it is, because Monasca encodes it twice, and its host is the one that
 * Monasca is configured with. Its `offset` is added to the parameters of the first query.
 */
export async function* resultPages<T>(
  query: MonascaQuery,
  path: string,
  parameters: QueryParameters,
  element: z.ZodType<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const elements = z.array(element);
  for (let offset: string | undefined; ; ) {
    const page = pageSchema.safeParse(await query(path, { ...parameters, offset }, signal));
    const found = page.success ? elements.safeParse(page.data.elements) : page;
    if (!page.success || !found.success) {
      throw new MonascaUnavailable(
        `Monasca: the response of ${path} does not match its specification`,
      );
    }
    yield elements.parse(found.data);
    const before = offset;
    offset = nextOffset(page.data.links);
    // A last page may be full and still have a `next`, which leads to an empty one.
    if (offset === undefined || offset === before || page.data.elements.length === 0) return;
  }
}

function nextOffset(links: readonly { rel: string; href: string }[]): string | undefined {
  const href = links.find(({ rel }) => rel === 'next')?.href;
  const raw = href === undefined ? undefined : /[?&]offset=([^&]*)/.exec(href)?.[1];
  return raw === undefined ? undefined : decoded(raw);
}

/** Decodes a text that was encoded any number of times. */
function decoded(text: string): string {
  try {
    const once = decodeURIComponent(text);
    return once === text ? text : decoded(once);
  } catch {
    return text;
  }
}
