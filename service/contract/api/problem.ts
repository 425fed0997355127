import { z } from 'zod';
import { type ProblemCode, problemKinds } from '../problem.ts';

const fieldErrorSchema = z
  .object({
    path: z.string().describe('A JSONPath into the body, or the name of the parameter.'),
    expected: z.string(),
    got: z.string().describe('What was there instead, cut to a length fit for a log line.'),
  })
  .meta({ id: 'FieldError' });

export const itemProblemSchema = z
  .object({
    index: z.int().min(0).describe('The place in the request: 0 for the first heartbeat or line.'),
    errors: z.array(fieldErrorSchema),
  })
  .meta({ id: 'ItemProblem' });

const codes = Object.keys(problemKinds).filter((code): code is ProblemCode => code in problemKinds);

/** An error, as RFC 9457 words it. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().describe('What it is.'),
    status: z.int().min(400).max(599).describe('The status of the answer.'),
    code: z.enum(codes).describe('Stable, for programs.'),
    detail: z.string().describe('What was wrong this time, for a person.'),
    rejected: z.array(itemProblemSchema).optional().describe('What is wrong with each heartbeat.'),
    errors: z.array(fieldErrorSchema).optional().describe('What is wrong with each parameter.'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });
