import type { Context } from 'koa';
import { describeValue } from '../contract/values/describe-value.ts';
import { type Body, readBody } from './body.ts';
import { sendInvalid, sendProblem } from './route.ts';

const maxBytes = 65_536;

/**
 * The JSON object that a request brings, whatever its Content-Type says; or nothing, when the
 * caller has been told what is wrong. `expected` completes "expected …".
 */
export async function readJsonObject(
  context: Context,
  expected: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const body = await new Promise<Body>((done) => readBody(context.req, maxBytes, done));
  if (body.kind === 'problem') {
    const { problem } = body;
    // What reading says of too large a body is meant for those who send heartbeats.
    const detail = `The body is larger than ${maxBytes} bytes.`;
    sendProblem(context, problem.code === 'body-too-large' ? { ...problem, detail } : problem);
    return undefined;
  }
  const value = parsed(body.bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  sendInvalid(context, [{ path: '$', expected, got: describeValue(value) }]);
  return undefined;
}

/** What is no JSON is shown as the text that it is. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytes.toString();
  }
}
