import { z } from 'zod';
import { type Outcome, type RetryReason, rejected, retry } from '../../contract/outcome.ts';
import { oneLine } from '../digest/one-line.ts';

/** What the server said of each address that was asked for: the message went to the accepted ones. */
export type Judged = {
  readonly kind: 'judged';
  readonly accepted: readonly string[];
  readonly refused: readonly Refusal[];
};

export type Refusal = {
  readonly address: string;
  /** Put off (a 4xx answer): the same may be accepted later. */
  readonly isTemporary: boolean;
  readonly answer: string;
};

const refusalSchema = z.object({
  recipient: z.string(),
  responseCode: z.number().optional(),
  response: z.string().optional(),
});
const refusalsSchema = z.array(refusalSchema).default([]);

/** What nodemailer resolves with, and the errors that it rejects with, as far as they are read. */
export const sentSchema = z.object({
  accepted: z.array(z.string()),
  rejectedErrors: refusalsSchema,
});
export const smtpErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  responseCode: z.number().optional(),
  command: z.string().optional(),
  rejectedErrors: refusalsSchema,
});
export type SmtpError = z.output<typeof smtpErrorSchema>;

export const refusalsOf = (errors: z.output<typeof refusalsSchema>): Refusal[] =>
  errors.map(({ recipient, responseCode = 0, response = '' }) => ({
    address: recipient,
    isTemporary: responseCode < 500,
    answer: oneLine(response, 200),
  }));

/** A wrong password is not tried more often: servers lock accounts, and addresses, for less. */
const refusedLoginPauseMs = 300_000;
/** For what somebody has to change at the server. */
const refusedSenderPauseMs = 60_000;

/** RFC 4954, 6: a login is wanted, too weak, wrong, or wanted over TLS only. */
const loginAnswers: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/**
 * What became of a message that was not sent. A verdict on the message is only what comes after
 * DATA, and that it is too large: all else is about us, the server or the way to it.
 */
export function classifySmtpError(error: SmtpError): Judged | Outcome {
  const { code, responseCode, command, rejectedErrors } = error;
  const detail = `the mail server: ${oneLine(error.message, 300)}`;
  if (rejectedErrors.length > 0) {
    return { kind: 'judged', accepted: [], refused: refusalsOf(rejectedErrors) };
  }
  // Also where the server answers that it knows no STARTTLS.
  if (code === 'ETLS') return retry('unreachable', detail);
  if (responseCode !== undefined) return classifyResponse(responseCode, command, detail);
  return retry(silenceOf(code), detail);
}

function classifyResponse(status: number, command: string | undefined, detail: string): Outcome {
  if (status >= 400 && status < 500) return retry('throttled', detail);
  if (loginAnswers.has(status) || command?.startsWith('AUTH')) {
    return retry('unauthenticated', detail, refusedLoginPauseMs);
  }
  // "Bad sequence of commands" is about this conversation, not about the message.
  if (status < 500 || status === 503) return retry('unexpected-answer', detail);
  if (command === 'DATA' || status === 552) return rejected(detail);
  return retry('forbidden', detail, refusedSenderPauseMs);
}

/** nodemailer's names for a conversation that ended without an answer. */
function silenceOf(code: string): RetryReason {
  switch (code) {
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ECONNECTION':
    case 'ESOCKET':
    case 'EDNS':
      return 'unreachable';
    default:
      return 'unexpected-answer';
  }
}
