import type { Context } from 'koa';
import { describeValue } from '../contract/values/describe-value.ts';
import { invalidParameters, ProblemError } from './route.ts';
import { type Body, readBody } from './server/body.ts';

const maxBytes = 65_536;

/**
 * Reads the JSON object in a request's body, whatever its Content-Type. Throws a `ProblemError` if
 * there is none. `expected` completes "expected …".
 */
export async function readJsonObject(
  context: Context,
  expected: string,
): Promise<Readonly<Record<string, unknown>>> {
  const body = await new Promise<Body>((done) => readBody(context.req, maxBytes, done));
  if (body.kind === 'problem') {
    const { problem } = body;
    // The detail for a body that is too large is written for senders of heartbeats.
    const detail = `The body is larger than ${maxBytes} bytes.`;
    throw new ProblemError(problem.code === 'body-too-large' ? { ...problem, detail } : problem);
  }
  const value = parsed(body.bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ProblemError(invalidParameters([{ path: '$', expected, got: describeValue(value) }]));
}

/** The text itself if it is not JSON. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytes.toString();
  }
}
