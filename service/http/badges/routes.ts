import type { Context } from 'koa';
import { z } from 'zod';
import { json, textContent } from '../../contract/api/operation.ts';
import type { ComponentCounter } from '../../query/instances/component-counts.ts';
import { asset } from '../openapi/asset.ts';
import {
  readParameters,
  readQueryString,
  requiredTextParameter,
  textParameter,
} from '../parameters/parameters.ts';
import type { Route } from '../route.ts';
import { type Badge, badgeOf } from './badge.ts';
import { badgeSvg } from './svg.ts';

type BadgeRoutesOptions = {
  readonly counts: ComponentCounter;
  /** Whether no token is needed. */
  readonly isPublic: boolean;
};

/** Time for which browsers and caches reuse a badge. */
const maxAgeSeconds = 30;
/** The smallest value that shields.io accepts. */
const shieldsCacheSeconds = 300;

const version = textParameter('version', 'Only instances of this version.');
const name = requiredTextParameter('name', 'Name of the component.');
const pathParameters = { name: 'Name of the component.' };

const shieldsSchema = z.object({
  schemaVersion: z.literal(1),
  label: z.string(),
  message: z.string(),
  color: z.string(),
  cacheSeconds: z.int(),
});

/** Images with the state of a component, for other pages. */
export function badgeRoutes({ counts, isPublic }: BadgeRoutesOptions): Route[] {
  const common = {
    method: 'get',
    scope: isPublic ? 'none' : 'read',
    tag: 'instances',
    problems: ['invalid-parameter'],
  } as const;
  const badge = (component: Parameters<typeof badgeOf>[0]): Badge =>
    badgeOf(component, counts(component.name, component.version));
  const sendSvg = (context: Context, component: Parameters<typeof badgeOf>[0]) =>
    send(context, 'image/svg+xml', badgeSvg(badge(component)), isPublic);
  const image = textContent('The image.', 'image/svg+xml');

  return [
    {
      ...common,
      path: '/badge/:name.svg',
      summary: 'State of a component as an image',
      description:
        'An unknown component has a badge too. `page.publicBadges` permits it without a token.',
      pathParameters,
      query: [version],
      responses: { 200: image },
      handle: (context) => sendSvg(context, readComponent(context)),
    },
    {
      ...common,
      path: '/badge/:name.json',
      summary: 'State of a component for an endpoint badge of shields.io',
      pathParameters,
      query: [version],
      responses: { 200: json('The content of the badge.', shieldsSchema) },
      handle(context) {
        const content = { ...badge(readComponent(context)), cacheSeconds: shieldsCacheSeconds };
        const text = JSON.stringify({ schemaVersion: 1, ...content });
        send(context, 'application/json', text, isPublic);
      },
    },
    {
      ...common,
      path: '/api/v1/badge.svg',
      summary: 'State of a component as an image, for pages of the service',
      description: 'Below `/api/v1/` the session of a browser applies.',
      query: [name, version],
      responses: { 200: image },
      handle: (context) =>
        sendSvg(
          context,
          readQueryString(context.query, (given) => readParameters({ name, version }, given)),
        ),
    },
  ];
}

const readComponent = (context: Context) => ({
  name: String(context['params'].name),
  ...readQueryString(context.query, (given) => readParameters({ version }, given)),
});

/** Responds with the badge, or with 304 if the client's copy is current. */
function send(context: Context, type: string, text: string, isPublic: boolean): void {
  const { bytes, etag } = asset(type, text);
  const visibility = isPublic ? 'public' : 'private';
  context.set({ etag, 'cache-control': `${visibility}, max-age=${maxAgeSeconds}` });
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = type;
  context.body = bytes;
}
