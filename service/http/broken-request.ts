import type { Duplex } from 'node:stream';
import { type Problem, problemAnswer } from '../contract/problem.ts';

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

/** Tells a sender whose request never became one what was wrong, and cuts the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(problemOf(error.code));
  const lines = [
    `HTTP/1.1 ${status} ${reasonPhrases[status]}`,
    'connection: close',
    `content-type: ${headers['content-type']}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
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
