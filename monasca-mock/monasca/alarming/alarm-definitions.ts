import type { DatabaseSync } from 'node:sqlite';
import type { Router } from '@koa/router';
import { z } from 'zod';
import type { RoleCheck } from '../access.ts';
import { ApiProblem, unprocessable } from '../problems.ts';
import { dimensionsOf, parameter } from '../query-parameters.ts';
import type { RequestState } from '../route.ts';
import { parseAlarmExpression, type SubExpression } from './alarm-expression.ts';
import { addDocumentRoutes, type DocumentKind } from './document-routes.ts';
import { createDocumentsTable } from './documents-table.ts';
import { faultText, withLinks } from './lists.ts';

const actions = z.array(z.string().max(50)).refine((ids) => new Set(ids).size === ids.length, {
  error: 'Duplicate notification method',
});

const severity = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']));

const complete = z.object({
  name: z.string().max(255),
  expression: z.string(),
  description: z.string().max(255).nullable(),
  severity,
  match_by: z.array(z.string()),
  actions_enabled: z.boolean(),
  alarm_actions: actions,
  ok_actions: actions,
  undetermined_actions: actions,
});
const { shape } = complete;
const creation = complete.extend({
  description: shape.description.default(''),
  severity: severity.default('LOW'),
  match_by: shape.match_by.default([]),
  actions_enabled: shape.actions_enabled.default(true),
  alarm_actions: actions.default([]),
  ok_actions: actions.default([]),
  undetermined_actions: actions.default([]),
});

const stored = complete.extend({ id: z.string() });

type Definition = z.infer<typeof stored>;

const alarmDefinitions: DocumentKind<Definition> = {
  path: '/v2.0/alarm-definitions',
  sortable: ['id', 'name', 'severity', 'updated_at', 'created_at'],
  needsContentType: false,
  otherMethods: { PUT: missingId, PATCH: missingId, DELETE: missingId },
  create(body) {
    const definition = valid(creation, body);
    subExpressionsOf(definition.expression);
    return definition;
  },
  change(before, body, isPartial) {
    const update = valid(isPartial ? complete.partial() : complete, body);
    const after = stored.parse({ ...before, ...update });
    requireSameSubjects(before, after);
    return after;
  },
  filter(query) {
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
  },
  show(definition, uri) {
    const expressions = subExpressionsOf(definition.expression);
    const deterministic = expressions.every(({ isDeterministic }) => isDeterministic);
    return withLinks({ ...definition, deterministic }, uri);
  },
  nameConflict: (name, otherId) =>
    `An alarm definition with the name ${name} already exists` +
    (otherId === undefined ? '' : ` with id ${otherId}`),
};

export function addAlarmDefinitionRoutes(
  router: Router<RequestState>,
  access: RoleCheck,
  database: DatabaseSync,
): void {
  const table = createDocumentsTable(database, 'alarm_definitions', stored);
  addDocumentRoutes(router, access, table, alarmDefinitions);
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

/** The metrics of a definition and `match_by` never change. */
function requireSameSubjects(before: Definition, after: Definition): void {
  if (before.match_by.join() !== after.match_by.join()) {
    throw unprocessable('match_by must not change', 'InvalidUpdateException');
  }
  const subjects = ({ expression }: Definition) =>
    subExpressionsOf(expression)
      .map(({ metric, dimensions }) => `${metric}{${dimensions}}`)
      .sort()
      .join();
  if (subjects(before) !== subjects(after)) {
    throw unprocessable('metrics in subexpression must not change', 'InvalidUpdateException');
  }
}
