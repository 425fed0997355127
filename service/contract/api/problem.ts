import { z } from 'zod';
import { type ProblemCode, problemKinds } from '../problem.ts';

const fieldErrorSchema = z
  .object({
    path: z.string().describe('JSONPath into the body, or name of the parameter.'),
    expected: z.string(),
    got: z.string().describe('The value that was found, shortened.'),
  })
  .meta({ id: 'FieldError' });

export const itemProblemSchema = z
  .object({
    index: z.int().min(0).describe('Position in the request: 0 for the first heartbeat or line.'),
    errors: z.array(fieldErrorSchema),
  })
  .meta({ id: 'ItemProblem' });

const codes = Object.keys(problemKinds).filter((code): code is ProblemCode => code in problemKinds);

/** An error (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().describe('Kind of error.'),
    status: z.int().min(400).max(599).describe('Status of the response.'),
    code: z.enum(codes).describe('Stable, for programs.'),
    detail: z.string().describe('Description of this error, for people.'),
    rejected: z.array(itemProblemSchema).optional().describe('Errors of each rejected heartbeat.'),
    errors: z.array(fieldErrorSchema).optional().describe('Errors of each invalid parameter.'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });
