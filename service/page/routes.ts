import type { Context } from 'koa';
import { textContent } from '../contract/api/operation.ts';
import { type PageFile, readPageFiles } from './files.ts';

/** Paths of the views. All are one level deep, so that relative addresses work in each of them. */
export const viewPaths = [
  ...['/', '/component', '/instance', '/activity', '/events', '/silences', '/pipeline'],
  ...['/sign-in', '/wall'],
] as const;

/** The web page: the same document for all views, and its scripts and styles. */
export function pageRoutes(files: ReadonlyMap<string, PageFile> = readPageFiles()) {
  const page = files.get('index.html');
  const view = (path: string) => ({
    ...common,
    path,
    summary: 'The web page',
    responses: { 200: textContent('The page.', 'text/html') },
    handle(context: Context) {
      context.set(pageHeaders);
      if (page) send(context, page, 'no-cache');
      else sendNotBuilt(context);
    },
  });
  return [
    ...viewPaths.map(view),
    ...[...files.keys()]
      .filter((path) => path !== 'index.html')
      .map((path) => ({
        ...common,
        path: `/${path}`,
        summary: 'A file of the web page',
        responses: { 200: textContent('The file.') },
        handle(context: Context) {
          const file = files.get(path);
          // Its name changes with its content.
          if (file) send(context, file, 'public, max-age=31536000, immutable');
        },
      })),
  ];
}

const common = {
  method: 'get',
  scope: 'none',
  tag: 'documents',
  problems: [],
} as const;

/** Permits files and requests of the service only, and no frame around the page. */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** The response depends on the encodings that the client accepts. */
function send(context: Context, file: PageFile, cacheControl: string): void {
  const encoding = acceptedEncoding(context, file);
  context.set({
    ...{ 'cache-control': cacheControl, 'x-content-type-options': 'nosniff' },
    ...{ etag: `"${file.etag}${encoding === undefined ? '' : `-${encoding}`}"` },
  });
  context.vary('accept-encoding');
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = file.type;
  if (encoding !== undefined) context.set('content-encoding', encoding);
  context.body = encoding === 'br' ? file.br : encoding === 'gzip' ? file.gzip : file.bytes;
}

function acceptedEncoding(context: Context, { br, gzip }: PageFile): 'br' | 'gzip' | undefined {
  const accepted = context
    .get('accept-encoding')
    .split(',')
    .filter((coding) => !/;\s*q=0(?:\.0*)?\s*$/.test(coding))
    .map((coding) => coding.split(';')[0]?.trim());
  if (br && accepted.includes('br')) return 'br';
  return gzip && accepted.includes('gzip') ? 'gzip' : undefined;
}

function sendNotBuilt(context: Context): void {
  context.status = 200;
  context.type = 'text/html; charset=utf-8';
  context.set('cache-control', 'no-store');
  context.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>GE Heartbeat</title>
<h1>GE Heartbeat is running; its page is not built</h1>
<p>In the folder of the project run <code>npm run build:page</code> with the development dependencies
installed, then restart the service.</p>
<p><a href="docs">The API</a> works without it.</p>
`;
}
