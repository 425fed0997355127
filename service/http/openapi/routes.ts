import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { json, textContent } from '../../contract/api/operation.ts';
import type { RawRoute } from '../../contract/raw-route.ts';
import { ownProperty } from '../../contract/values/own-property.ts';
import { ProblemError, type Route } from '../route.ts';
import { type Asset, asset, sendAsset } from './asset.ts';
import { openApiDocument } from './document.ts';

/** The description of all routes, including its own: for programs, and as a page. */
export function openApiRoutes(
  described: readonly Route[],
  rawRoutes: readonly RawRoute[],
  version: string,
): Route[] {
  const documentPath = '/openapi.json';
  const routes: Route[] = [
    {
      method: 'get',
      path: documentPath,
      scope: 'none',
      tag: 'documents',
      summary: 'The API as an OpenAPI 3.1 document',
      responses: { 200: json('The document.', z.looseObject({ openapi: z.string() })) },
      problems: [],
      handle(context) {
        sendAsset(context, document());
      },
    },
    {
      method: 'get',
      path: '/docs',
      scope: 'none',
      tag: 'documents',
      summary: 'The API as a page to read and to try out',
      responses: { 200: textContent('The page.', 'text/html') },
      problems: [],
      handle(context) {
        context.set(pageHeaders);
        sendAsset(context, page);
      },
    },
    {
      method: 'get',
      path: '/docs/:file',
      scope: 'none',
      tag: 'documents',
      summary: 'Scripts and styles of the page',
      pathParameters: { file: `One of ${viewerFiles.join(', ')}.` },
      responses: {
        200: {
          description: 'The file.',
          content: { 'text/javascript': z.string(), 'text/css': z.string() },
        },
      },
      problems: ['not-found'],
      handle(context) {
        const file = ownProperty(files, String(context['params'].file));
        if (!file)
          throw new ProblemError({ code: 'not-found', detail: 'The page has no such file.' });
        sendAsset(context, file());
      },
    },
  ];
  const document = once(() =>
    asset(
      'application/json',
      `${JSON.stringify(openApiDocument([...described, ...routes], rawRoutes, version), undefined, 2)}\n`,
    ),
  );
  return routes;
}

/** Permits scripts and styles of the service only, and no frame around the page. */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

const page = asset(
  'text/html',
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>GE Heartbeat: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
`,
);

/** Without `validatorUrl: null` the viewer calls a validator on the Internet. */
const pageScript = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  tryItOutEnabled: false,
});
`;

const viewer = createRequire(import.meta.url);
const fromViewer = (name: string) => readFileSync(viewer.resolve(`swagger-ui-dist/${name}`));

const files: Readonly<Record<string, () => Asset>> = {
  'swagger-ui.css': once(() => asset('text/css', fromViewer('swagger-ui.css'))),
  'swagger-ui-bundle.js': once(() => asset('text/javascript', fromViewer('swagger-ui-bundle.js'))),
  'page.js': once(() => asset('text/javascript', pageScript)),
};
const viewerFiles = Object.keys(files);

/** Makes a value when it is first used: most services never need it. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
