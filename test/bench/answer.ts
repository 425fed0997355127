/** What the load looks at in an answer; nothing else of HTTP is understood, to stay cheap. */
export type Answer = { readonly status: number; readonly body: string };

/**
 * Reads one whole answer, given as latin1 text; undefined while some of it is still to come.
 * Throws on what the bench does not speak: anything but HTTP/1.1 with a known length.
 */
export function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  if (!text.startsWith('HTTP/1.1 ')) throw new Error(`not HTTP/1.1: ${text.slice(0, 40)}`);

  const status = Number(text.slice(9, 12));
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + bodyLength(text.slice(0, bodyStart), status);
  if (text.length < bodyEnd) return undefined;
  if (text.length > bodyEnd) throw new Error(`more than one answer to a request: ${text}`);
  return { status, body: text.slice(bodyStart) };
}

const contentLength = /\r\ncontent-length: *(\d+)\r\n/i;

function bodyLength(head: string, status: number): number {
  const found = contentLength.exec(head)?.[1];
  if (found !== undefined) return Number(found);
  if (status === 204 || status === 304) return 0;
  throw new Error(`an answer without content-length: ${head}`);
}
