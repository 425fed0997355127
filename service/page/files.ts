import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A built file of the page, in each encoding that it has. */
export type PageFile = {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Folder of the build: `npm run build:page` fills it. */
export const builtFolder = fileURLToPath(new URL('./built/', import.meta.url));

/** The built files by their path, such as `index.html`; empty if the page is not built. */
export function readPageFiles(folder = builtFolder): ReadonlyMap<string, PageFile> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const type = types[extname(name)];
      if (type === undefined) return [];
      return [[name.replaceAll('\\', '/'), readPageFile(join(folder, name), type)] as const];
    }),
  );
}

function readPageFile(path: string, type: string): PageFile {
  const bytes = readFileSync(path);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 27);
  return {
    type,
    bytes,
    etag: hash,
    br: readIfExists(`${path}.br`),
    gzip: readIfExists(`${path}.gz`),
  };
}

const readIfExists = (path: string): Buffer | undefined =>
  existsSync(path) ? readFileSync(path) : undefined;
