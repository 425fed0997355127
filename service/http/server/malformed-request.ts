import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Problem, problemResponse } from '../../contract/problem.ts';

const timeout: Problem = {
  code: 'request-timeout',
  detail: 'Headers or body took longer than http.headersTimeoutSeconds or requestTimeoutSeconds.',
};
const headersTooLarge: Problem = {
  code: 'headers-too-large',
  detail: 'The header fields of the request are larger than 16 KiB.',
};
const notHttp: Problem = { code: 'malformed-request', detail: 'The request is not HTTP/1.1.' };

/** Time for which a client may go on sending, so that it can read the response. */
const lingerMs = 2_000;

/**
 * Responds to what could not be parsed as a request, and ends the connection. Returns the status of
 * the response; undefined if there was none.
 */
export function rejectMalformedRequest(
  error: Error & { code?: string },
  socket: Duplex,
): number | undefined {
  // The rest of a malformed request is malformed too, and was responded to.
  if (socket.writableEnded) return undefined;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return undefined;
  }
  const { status, headers, body } = problemResponse(problemOf(error.code));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    `content-type: ${headers['content-type']}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  return status;
}

function problemOf(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return timeout;
  return code === 'HPE_HEADER_OVERFLOW' ? headersTooLarge : notHttp;
}
