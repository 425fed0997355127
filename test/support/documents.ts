import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export const readDocument = (path: string): string =>
  readFileSync(`${projectRoot}/${path}`, 'utf8');

/** A block of shell that a document marks with `<!-- run: … -->` on the line before it. */
export type Example = {
  /** What stands behind `run:`: the statuses of its calls, and what they need. */
  readonly mark: string;
  readonly script: string;
  /** The JSON that the document shows right behind the block, as the answer to its last call. */
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
