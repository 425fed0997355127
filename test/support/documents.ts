import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export const readDocument = (path: string): string =>
  readFileSync(`${projectRoot}/${path}`, 'utf8');

/** A block of shell that a document marks with `<!-- run: … -->` on the line before it. */
export type Example = {
  /** The text after `run:`: the statuses of its calls, and their conditions. */
  readonly mark: string;
  readonly script: string;
  /** The JSON right after the block: the response to its last call. */
  readonly answer: unknown;
};

const block = /<!-- run: ([^>]+) -->\n```sh\n(.*?)\n```(?:\n\n```json\n(.*?)\n```)?/gs;

export function examplesOf(markdown: string): Example[] {
  return [...markdown.matchAll(block)].map(([, mark = '', script = '', answer]) => ({
    mark,
    script,
    answer: answer === undefined ? undefined : JSON.parse(answer),
  }));
}

export type Link = { readonly text: string; readonly target: string };

/** The links of a document, except in blocks of code. */
export function linksOf(markdown: string): Link[] {
  const prose = markdown.replace(/^```.*?^```/gms, '');
  return [...prose.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(([, text = '', target = '']) => ({
    text,
    target,
  }));
}

/** The source files that a document names in spans of code, such as `ingest/candidate.ts`. */
export function filesNamedIn(markdown: string): string[] {
  const prose = markdown.replace(/^```.*?^```/gms, '');
  return [...prose.matchAll(/`(\w[\w./-]*\/[\w.-]+\.ts)`/g)].map(([, path = '']) => path);
}

/** The titles that the source of a test gives to `it`. */
export function titlesOf(source: string): string[] {
  const title = /(?:\bit|\))\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`]*)`)\s*,/g;
  return [...source.matchAll(title)].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1'),
  );
}

/**
 * Reason why `title` is none of the tests in the source; undefined if it is one. The text in place of
 * a `${…}`, a `%s` or a `$name` must be elsewhere in the source.
 */
export function unmatched(title: string, source: string): string | undefined {
  const titles = titlesOf(source);
  const isOne = titles.some((written) => {
    const inserted = patternOf(written).exec(title)?.slice(1);
    return inserted?.every((text) => isWordOf(text, source)) ?? false;
  });
  return isOne ? undefined : `no test is called "${title}"; there are: ${titles.join('; ')}`;
}

const placeholder = /\$\{[^}]*\}|%[a-z]|\$\w[\w.]*/;

const patternOf = (written: string) =>
  new RegExp(`^${written.split(placeholder).map(RegExp.escape).join('(.+)')}$`);

const isWordOf = (text: string, source: string) =>
  new RegExp(`(?<!\\w)${RegExp.escape(text)}(?!\\w)`).test(source);
