import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { badRequest } from './problems.ts';

/** Python's JSON knows three words that JSON does not: they are read as numbers beyond any limit. */
const textOrPythonNumber = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/**
 * The body as JSON, whatever its length. Throws 400 for what is empty, not UTF-8 or not JSON; so a
 * compressed body is refused too, for the service does not unpack it.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (!isUtf8(body)) throw badRequest('Request body is not valid JSON');
  const text = body.toString('utf8');
  const parsed = parseJson(text) ?? parseJson(withPythonNumbers(text));
  if (!parsed) throw badRequest('Request body is not valid JSON');
  return parsed.value;
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function withPythonNumbers(text: string): string {
  return text.replace(textOrPythonNumber, (match) => {
    if (match.startsWith('"')) return match;
    return match.startsWith('-') ? '-1e999' : '1e999';
  });
}

/** The service compares the header with one text: no parameters, no other case. */
export function requireJsonContentType(request: IncomingMessage): void {
  if (request.headers['content-type'] !== 'application/json') {
    throw badRequest('Bad content type. Must be application/json');
  }
}
