import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Bearer } from '../../tokens.ts';
import { type Access, readers, writers } from '../access.ts';
import { selfLink } from '../links.ts';
import { ApiProblem, alreadyExists, notFound } from '../problems.ts';
import { isRecord } from '../python-text.ts';
import { queryOf } from '../query-parameters.ts';
import { readJson, requireJsonContentType } from '../request-body.ts';
import { addRoute, type State } from '../route.ts';
import type { DocumentsTable } from './documents-table.ts';
import { collectionUri, faultText, listPage, sortedBy, withLinks } from './lists.ts';

/** What a notification engine with its usual plug-ins registers. */
const types = ['EMAIL', 'PAGERDUTY', 'WEBHOOK'];

const webhookPeriods = [0, 60];

const method = z.strictObject({
  name: z.string().max(250),
  type: z.string().transform((text) => text.toUpperCase()),
  address: z.string().max(512),
  period: z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(Number),
});
const creation = method.extend({ period: method.shape.period.default(0) });
const stored = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  address: z.string(),
  period: z.number(),
});

export type NotificationMethod = z.infer<typeof method>;

export const parseStoredMethod = (document: unknown) => stored.parse(document);

const sortable = ['id', 'name', 'type', 'address', 'updated_at', 'created_at'] as const;

export function addNotificationMethodRoutes(
  router: Router<State>,
  access: Access,
  table: DocumentsTable<NotificationMethod>,
): void {
  const tenantOf = (bearer: Bearer) => bearer.projectId ?? '';

  const existing = (bearer: Bearer, id: string) => {
    const found = table.get(tenantOf(bearer), id);
    if (!found) throw notFound();
    return found;
  };

  const change = async (context: Context, bearer: Bearer, id: string, isPartial: boolean) => {
    requireJsonContentType(context.req);
    access.require(bearer, writers);
    const body = await readJson(context.req);
    const before = existing(bearer, id);
    const { id: _, ...fields } = before;
    const after = {
      ...valid(method, isPartial && isRecord(body) ? { ...fields, ...body } : body),
      id,
    };
    const holder = table.named(tenantOf(bearer), after.name);
    if (holder && holder.id !== id) {
      throw alreadyExists(
        `A notification method with name ${after.name} already exists with id ${holder.id}`,
      );
    }
    table.replace(tenantOf(bearer), after);
    return withLinks(after, collectionUri(context, id));
  };

  addRoute(router, '/v2.0/notification-methods/types', {
    GET: (context, bearer) => {
      access.require(bearer, readers);
      return { links: [selfLink(context)], elements: types.map((type) => ({ type })) };
    },
  });
  addRoute(router, '/v2.0/notification-methods', {
    GET: (context, bearer) => {
      access.require(bearer, readers);
      const query = queryOf(context);
      return listPage(context, sortedBy(query, table.list(tenantOf(bearer)), sortable), withLinks);
    },
    POST: async (context, bearer) => {
      requireJsonContentType(context.req);
      access.require(bearer, writers);
      const created = valid(creation, await readJson(context.req));
      if (table.named(tenantOf(bearer), created.name)) {
        throw alreadyExists(`A notification method with the name ${created.name} already exists`);
      }
      return withLinks(table.create(tenantOf(bearer), created), collectionUri(context));
    },
  });
  addRoute(router, '/v2.0/notification-methods/:id', {
    GET: (context, bearer, { id = '' }) => {
      access.require(bearer, readers);
      return withLinks(existing(bearer, id), collectionUri(context, id));
    },
    PUT: (context, bearer, { id = '' }) => change(context, bearer, id, false),
    PATCH: (context, bearer, { id = '' }) => change(context, bearer, id, true),
    DELETE: (_context, bearer, { id = '' }) => {
      access.require(bearer, writers);
      if (!table.remove(tenantOf(bearer), id)) throw notFound();
    },
  });
}

/** Unlike everything else, a faulty notification method is a 400. */
function valid(schema: z.ZodType<NotificationMethod>, body: unknown): NotificationMethod {
  const result = schema.safeParse(body);
  const fault = result.success ? ruleFault(result.data) : faultText(result.error);
  if (fault !== undefined || !result.success) throw new ApiProblem(400, 'Bad Request', fault);
  return result.data;
}

function ruleFault({ type, address, period }: NotificationMethod): string | undefined {
  if (!webhookPeriods.includes(period)) {
    return `${period} is not a valid period, not in [${webhookPeriods.join(', ')}]`;
  }
  if (type === 'EMAIL' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address)) {
    return `Address ${address} is not of correct format`;
  }
  if (type === 'WEBHOOK' && !/^[a-z][a-z0-9+.-]*:/i.test(address)) {
    return `Address ${address} does not have URL scheme`;
  }
  if (type === 'WEBHOOK' && !/^https?:\/\/[^/?#]/i.test(address)) {
    return `Address ${address} does not have network location`;
  }
  if (type !== 'WEBHOOK' && period !== 0) return 'Period can only be set with webhooks';
  return types.includes(type) ? undefined : `Not a valid notification method type ${type} `;
}
