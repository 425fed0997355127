/** The part of an HTTP response that the load evaluates; it parses no more, to cost little. */
export type HttpResponse = { readonly status: number; readonly body: string };

/**
 * Parses one whole response, given as latin1 text; returns undefined while bytes are missing.
 * Throws if it is not HTTP/1.1, has no known length, or is followed by further bytes.
 */
export function parseResponse(text: string): HttpResponse | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  if (!text.startsWith('HTTP/1.1 ')) throw new Error(`not HTTP/1.1: ${text.slice(0, 40)}`);

  const status = Number(text.slice(9, 12));
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + bodyLength(text.slice(0, bodyStart), status);
  if (text.length < bodyEnd) return undefined;
  if (text.length > bodyEnd) throw new Error(`more than one response to a request: ${text}`);
  return { status, body: text.slice(bodyStart) };
}

const contentLength = /\r\ncontent-length: *(\d+)\r\n/i;

function bodyLength(head: string, status: number): number {
  const found = contentLength.exec(head)?.[1];
  if (found !== undefined) return Number(found);
  if (status === 204 || status === 304) return 0;
  throw new Error(`a response without content-length: ${head}`);
}
