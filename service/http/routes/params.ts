import type { z } from 'zod';
import { json } from '../../contract/api/operation.ts';
import type { FieldError } from '../../contract/problem.ts';
import { readJsonObject } from '../json-object.ts';
import { invalidParameters, ProblemError, type Route } from '../route.ts';

/** Parameters that can be changed while the service runs. */
type ChangeableParameters = {
  /** Current values, in the form of a patch. */
  parameters(): Readonly<Record<string, unknown>>;
  /** All or nothing; resolves when the change is durable and in effect. `by` names the caller. */
  patchParameters(patch: Readonly<Record<string, unknown>>, by: string): Promise<ParameterChange>;
};

/** Schemas for the reference: all parameters, and any of them. */
type ParameterSchemas = { readonly all: z.ZodType; readonly some: z.ZodType };

type ParameterChange =
  | { readonly kind: 'changed' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

export function paramsRoutes(changeable: ChangeableParameters, schemas: ParameterSchemas): Route[] {
  const path = '/api/v1/params';
  return [
    {
      method: 'get',
      path,
      scope: 'read',
      tag: 'parameters',
      summary: 'Parameters that can be changed at run time',
      responses: { 200: json('Current values.', schemas.all) },
      problems: [],
      handle(context) {
        context.body = changeable.parameters();
      },
    },
    {
      method: 'patch',
      path,
      scope: 'admin',
      writesOwnEvent: true,
      tag: 'parameters',
      summary: 'Change the given parameters, all or none',
      description: 'A changed value is kept, and overrides the configuration.',
      body: json('The new values.', schemas.some, { downSeconds: 90 }),
      responses: { 200: json('All current values.', schemas.all) },
      problems: [
        'invalid-parameter',
        'body-too-large',
        'unsupported-encoding',
        'store-unavailable',
      ],
      async handle(context, { by }) {
        const expected = 'a JSON object with parameters and their new values';
        const values = await readJsonObject(context, expected);
        const outcome = await changeable.patchParameters(values, by);
        if (outcome.kind === 'invalid') throw new ProblemError(invalidParameters(outcome.errors));
        context.body = changeable.parameters();
      },
    },
  ];
}
