import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Bearer } from '../../tokens.ts';
import { type Access, readers, writers } from '../access.ts';
import { ApiProblem, alreadyExists, notFound, unprocessable } from '../problems.ts';
import { dimensionsOf, parameter, queryOf } from '../query-parameters.ts';
import { readJson } from '../request-body.ts';
import { addRoute, type State } from '../route.ts';
import { parseAlarmExpression, type SubExpression } from './alarm-expression.ts';
import type { DocumentsTable } from './documents-table.ts';
import { collectionUri, faultText, listPage, sortedBy, withLinks } from './lists.ts';

const actions = z.array(z.string().max(50)).refine((ids) => new Set(ids).size === ids.length, {
  error: 'Duplicate notification method',
});

const severity = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']));

const fields = {
  name: z.string().max(255),
  expression: z.string(),
  description: z.string().max(255).nullable(),
  severity,
  match_by: z.array(z.string()),
  actions_enabled: z.boolean(),
  alarm_actions: actions,
  ok_actions: actions,
  undetermined_actions: actions,
};

const complete = z.object(fields);
const creation = z.object({
  ...fields,
  description: fields.description.default(''),
  severity: severity.default('LOW'),
  match_by: fields.match_by.default([]),
  actions_enabled: fields.actions_enabled.default(true),
  alarm_actions: actions.default([]),
  ok_actions: actions.default([]),
  undetermined_actions: actions.default([]),
});
const stored = complete.extend({ id: z.string() });

export type AlarmDefinition = z.infer<typeof complete>;
type StoredDefinition = z.infer<typeof stored>;

export const parseStoredDefinition = (document: unknown) => stored.parse(document);

const sortable = ['id', 'name', 'severity', 'updated_at', 'created_at'] as const;

export function addAlarmDefinitionRoutes(
  router: Router<State>,
  access: Access,
  table: DocumentsTable<AlarmDefinition>,
): void {
  const tenantOf = (bearer: Bearer) => bearer.projectId ?? '';

  const existing = (bearer: Bearer, id: string) => {
    const definition = table.get(tenantOf(bearer), id);
    if (!definition) throw notFound();
    return definition;
  };

  const change = async (context: Context, bearer: Bearer, id: string, isPartial: boolean) => {
    access.require(bearer, writers);
    const body = await readJson(context.req);
    const before = existing(bearer, id);
    const update = valid(isPartial ? complete.partial() : complete, body);
    // Undefined stands for what a patch leaves alone.
    const after = stored.parse({ ...before, ...update });
    requireSameSubjects(before, after);
    const holder = table.named(tenantOf(bearer), after.name);
    if (holder && holder.id !== id) {
      throw alreadyExists(
        `An alarm definition with the name ${after.name} already exists with id ${holder.id}`,
      );
    }
    table.replace(tenantOf(bearer), after);
    return shown(after, collectionUri(context, id));
  };

  addRoute(router, '/v2.0/alarm-definitions', {
    GET: (context, bearer) => {
      access.require(bearer, readers);
      const found = table.list(tenantOf(bearer)).filter(filterOf(queryOf(context)));
      const ordered = sortedBy(queryOf(context), found, sortable);
      return listPage(context, ordered, (definition, uri) => shown(definition, uri));
    },
    POST: async (context, bearer) => {
      access.require(bearer, writers);
      const definition = valid(creation, await readJson(context.req));
      subExpressionsOf(definition.expression);
      if (table.named(tenantOf(bearer), definition.name)) {
        throw alreadyExists(`An alarm definition with the name ${definition.name} already exists`);
      }
      return shown(table.create(tenantOf(bearer), definition), collectionUri(context));
    },
    PUT: missingId,
    PATCH: missingId,
    DELETE: missingId,
  });
  addRoute(router, '/v2.0/alarm-definitions/:id', {
    GET: (context, bearer, { id = '' }) => {
      access.require(bearer, readers);
      return shown(existing(bearer, id), collectionUri(context, id));
    },
    PUT: (context, bearer, { id = '' }) => change(context, bearer, id, false),
    PATCH: (context, bearer, { id = '' }) => change(context, bearer, id, true),
    DELETE: (_context, bearer, { id = '' }) => {
      access.require(bearer, writers);
      if (!table.remove(tenantOf(bearer), id)) throw notFound();
    },
  });
}

function missingId(): never {
  throw new ApiProblem(400, 'Bad Request', 'Alarm definition ID not provided');
}

function valid<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw unprocessable(faultText(result.error));
  return result.data;
}

function subExpressionsOf(expression: string): SubExpression[] {
  const expressions = parseAlarmExpression(expression);
  if (expressions) return expressions;
  throw unprocessable(`parser failed on expression '${expression}'`, 'Invalid alarm expression');
}

/** What an alarm is about stays as it was created: its metrics and how they are told apart. */
function requireSameSubjects(before: StoredDefinition, after: StoredDefinition): void {
  if (before.match_by.join() !== after.match_by.join()) {
    throw unprocessable('match_by must not change', 'InvalidUpdateException');
  }
  const subjects = (definition: StoredDefinition) =>
    subExpressionsOf(definition.expression)
      .map(({ metric, dimensions }) => `${metric}{${dimensions}}`)
      .sort()
      .join();
  if (subjects(before) !== subjects(after)) {
    throw unprocessable('metrics in subexpression must not change', 'InvalidUpdateException');
  }
}

function filterOf(query: URLSearchParams): (definition: StoredDefinition) => boolean {
  const name = parameter(query, 'name');
  const dimensions = [...dimensionsOf(query)].map(([key, value]) => `${key}=${value}`);
  const severities = parameter(query, 'severity')?.toUpperCase().split('|');
  const unknown = severities?.find((text) => !severity.safeParse(text).success);
  if (unknown !== undefined) throw unprocessable(`Invalid severity ${unknown}`);
  return (definition) =>
    (name === undefined || definition.name === name) &&
    (severities === undefined || severities.includes(definition.severity)) &&
    subExpressionsOf(definition.expression).some((expression) =>
      dimensions.every((dimension) => expression.dimensions.split(',').includes(dimension)),
    );
}

function shown(definition: StoredDefinition, uri: string) {
  const expressions = subExpressionsOf(definition.expression);
  const deterministic = expressions.every(({ isDeterministic }) => isDeterministic);
  return withLinks({ ...definition, deterministic }, uri);
}
