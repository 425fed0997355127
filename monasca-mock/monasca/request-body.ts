import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parseJson, readBody } from '../body.ts';
import { badRequest } from './problems.ts';

/** Python's JSON has three words more than JSON, which are read as numbers beyond any limit. */
const textOrPythonNumber = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/**
 * The body as JSON, of any length. Throws 400 if it is empty, not UTF-8 or not JSON; the service
 * does not decompress bodies either.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request);
  if (body === undefined || !isUtf8(body)) throw badRequest('Request body is not valid JSON');
  const text = body.toString('utf8');
  const parsed = parseJson(text) ?? parseJson(withPythonNumbers(text));
  if (!parsed) throw badRequest('Request body is not valid JSON');
  return parsed.value;
}

function withPythonNumbers(text: string): string {
  return text.replace(textOrPythonNumber, (match) => {
    if (match.startsWith('"')) return match;
    return match.startsWith('-') ? '-1e999' : '1e999';
  });
}

/** The service compares the header with this text: no parameters, no other case. */
export function requireJsonContentType(request: IncomingMessage): void {
  if (request.headers['content-type'] !== 'application/json') {
    throw badRequest('Bad content type. Must be application/json');
  }
}
