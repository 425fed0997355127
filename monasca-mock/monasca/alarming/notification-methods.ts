import type { DatabaseSync } from 'node:sqlite';
import type { Router } from '@koa/router';
import { z } from 'zod';
import { type RoleCheck, readers } from '../access.ts';
import { selfLink } from '../links.ts';
import { ApiProblem } from '../problems.ts';
import { isRecord } from '../python-text.ts';
import { addRoute, type RequestState } from '../route.ts';
import { addDocumentRoutes, type DocumentKind } from './document-routes.ts';
import { createDocumentsTable } from './documents-table.ts';
import { faultText, withLinks } from './lists.ts';

/** The types of a notification engine with its usual plug-ins. */
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

type Method = z.infer<typeof method>;

const notificationMethods: DocumentKind<Method & { id: string }> = {
  path: '/v2.0/notification-methods',
  sortable: ['id', 'name', 'type', 'address', 'updated_at', 'created_at'],
  needsContentType: true,
  create: (body) => valid(creation, body),
  change({ id, ...fields }, body, isPartial) {
    return { ...valid(method, isPartial && isRecord(body) ? { ...fields, ...body } : body), id };
  },
  show: withLinks,
  nameConflict: (name, otherId) =>
    otherId === undefined
      ? `A notification method with the name ${name} already exists`
      : `A notification method with name ${name} already exists with id ${otherId}`,
};

export function addNotificationMethodRoutes(
  router: Router<RequestState>,
  access: RoleCheck,
  database: DatabaseSync,
): void {
  addRoute(router, '/v2.0/notification-methods/types', {
    GET: access.allow(readers, (context) => ({
      links: [selfLink(context)],
      elements: types.map((type) => ({ type })),
    })),
  });
  const table = createDocumentsTable(database, 'notification_methods', stored);
  addDocumentRoutes(router, access, table, notificationMethods);
}

/** Unlike anything else, an invalid notification method is a 400. */
function valid(schema: z.ZodType<Method>, body: unknown): Method {
  const result = schema.safeParse(body);
  const fault = result.success ? ruleFault(result.data) : faultText(result.error);
  if (fault !== undefined || !result.success) throw new ApiProblem(400, 'Bad Request', fault);
  return result.data;
}

function ruleFault({ type, address, period }: Method): string | undefined {
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
