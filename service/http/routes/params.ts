import type { z } from 'zod';
import { json } from '../../contract/api/operation.ts';
import type { FieldError } from '../../contract/problem.ts';
import { readJsonObject } from '../json-object.ts';
import { invalidParameters, ProblemError, type Route } from '../route.ts';

/** Parameters that can be changed while the service runs. */
export type ChangeableParameters = {
  /** The values in use, in the form in which a patch has them. */
  parameters(): Readonly<Record<string, unknown>>;
  /** All or nothing; resolves when the change is durable and in use. `by` is for the records. */
  patchParameters(patch: Readonly<Record<string, unknown>>, by: string): Promise<ParameterChange>;
};

/** What parameters there are, for the reference: all of them, and some of them. */
export type ParameterSchemas = { readonly all: z.ZodType; readonly some: z.ZodType };

export type ParameterChange =
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
      summary: 'The parameters that can be changed at run time',
      answers: { 200: json('Those in use.', schemas.all) },
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
      summary: 'Change parameters: those that are named, all or none of them',
      description: 'What is changed is kept, and stronger than the configuration.',
      body: json('The new values.', schemas.some, { downSeconds: 90 }),
      answers: { 200: json('All parameters, as they are now.', schemas.all) },
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
