import { z } from 'zod';
import { type Ask, MonascaUnavailable, type Parameters } from './ask.ts';

const pageSchema = z.object({
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
  elements: z.array(z.unknown()),
});

/**
 * All pages of an answer, element by element.
 *
 * `next` is never followed as it stands: Monasca encodes it twice, and it names the host that
 * Monasca believes to be. Its `offset` is taken and put to the parameters of the first question.
 */
export async function* pages<T>(
  ask: Ask,
  path: string,
  parameters: Parameters,
  element: z.ZodType<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const elements = z.array(element);
  for (let offset: string | undefined; ; ) {
    const page = pageSchema.safeParse(await ask(path, { ...parameters, offset }, signal));
    const found = page.success ? elements.safeParse(page.data.elements) : page;
    if (!page.success || !found.success) {
      throw new MonascaUnavailable(`Monasca: ${path} does not answer as it is specified`);
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

/** However often it was encoded. */
function decoded(text: string): string {
  try {
    const once = decodeURIComponent(text);
    return once === text ? text : decoded(once);
  } catch {
    return text;
  }
}
