import type { Duplex } from 'node:stream';
import { type Problem, problemResponse } from '../contract/problem.ts';

const slow: Problem = {
  code: 'request-timeout',
  detail: 'Headers or body took longer than http.headersTimeoutSeconds or requestTimeoutSeconds.',
};
const tooLarge: Problem = {
  code: 'headers-too-large',
  detail: 'The header fields of the request are larger than 16 KiB.',
};
const notHttp: Problem = { code: 'malformed-request', detail: 'What arrived is not HTTP/1.1.' };

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** For how long a sender may go on before the connection is cut, so that it sees the answer. */
const lingerMs = 2_000;

/**
 * Tells a sender whose request never became one what was wrong, and ends the connection. Gives the
 * status of the answer, if there was one.
 */
export function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Duplex,
): number | undefined {
  // Whatever follows what is broken is broken too, and has had its answer.
  if (socket.writableEnded) return undefined;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return undefined;
  }
  const { status, headers, body } = problemResponse(problemOf(error.code));
  const lines = [
    `HTTP/1.1 ${status} ${reasonPhrases[status]}`,
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
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return slow;
    case 'HPE_HEADER_OVERFLOW':
      return tooLarge;
    default:
      return notHttp;
  }
}
