import { z } from 'zod';
import { type Outcome, type RetryReason, rejected, retry } from '../../contract/outcome.ts';
import { toSingleLine } from '../single-line.ts';

/** Result for each address of a message: it was sent to the accepted ones. */
export type SmtpResult = {
  readonly kind: 'sent';
  readonly accepted: readonly string[];
  readonly refused: readonly Refusal[];
};

export type Refusal = {
  readonly address: string;
  /** A 4xx response: the server may accept the address later. */
  readonly isTemporary: boolean;
  readonly response: string;
};

const refusalSchema = z.object({
  recipient: z.string(),
  responseCode: z.number().optional(),
  response: z.string().optional(),
});
const refusalsSchema = z.array(refusalSchema).default([]);

const sentSchema = z.object({ accepted: z.array(z.string()), rejectedErrors: refusalsSchema });
const smtpErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  responseCode: z.number().optional(),
  command: z.string().optional(),
  rejectedErrors: refusalsSchema,
});
type SmtpError = z.output<typeof smtpErrorSchema>;

/** Reads the value with which nodemailer resolves. */
export function smtpResult(sent: unknown): SmtpResult {
  const { accepted, rejectedErrors } = sentSchema.parse(sent);
  return { kind: 'sent', accepted, refused: refusalsOf(rejectedErrors) };
}

/** Reads an error of nodemailer; throws any other error. */
export function classifySmtpError(thrown: unknown): SmtpResult | Outcome {
  const known = smtpErrorSchema.safeParse(thrown);
  if (!known.success) throw thrown;
  return outcomeOf(known.data);
}

const refusalsOf = (errors: z.output<typeof refusalsSchema>): Refusal[] =>
  errors.map(({ recipient, responseCode = 0, response = '' }) => ({
    address: recipient,
    isTemporary: responseCode < 500,
    response: toSingleLine(response, 200),
  }));

/** Wait after a wrong password: servers lock accounts and addresses after few attempts. */
const refusedLoginPauseMs = 300_000;
/** Wait for an operator to change the configuration of the server. */
const refusedSenderPauseMs = 60_000;

/** RFC 4954, 6: a login is required, too weak, wrong, or required over TLS. */
const loginResponses: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/**
 * Outcome for a message that was not sent. Only a response after DATA, and that the message is too
 * large, reject the message itself: all other errors concern the login, the server or the network.
 */
function outcomeOf({ code, message, responseCode, command, rejectedErrors }: SmtpError) {
  const detail = `the mail server: ${toSingleLine(message, 300)}`;
  if (rejectedErrors.length > 0) {
    return { kind: 'sent', accepted: [], refused: refusalsOf(rejectedErrors) } as const;
  }
  // Also if the server does not support STARTTLS.
  if (code === 'ETLS') return retry('unreachable', detail);
  if (responseCode !== undefined) return classifyStatus(responseCode, command, detail);
  return retry(reasonOf(code), detail);
}

function classifyStatus(status: number, command: string | undefined, detail: string): Outcome {
  if (status >= 400 && status < 500) return retry('throttled', detail);
  if (loginResponses.has(status) || command?.startsWith('AUTH')) {
    return retry('unauthenticated', detail, refusedLoginPauseMs);
  }
  // "Bad sequence of commands" concerns this session, not the message.
  if (status < 500 || status === 503) return retry('unexpected-answer', detail);
  if (command === 'DATA' || status === 552) return rejected(detail);
  return retry('forbidden', detail, refusedSenderPauseMs);
}

/** Reasons for nodemailer's codes of a session that ended without a response. */
function reasonOf(code: string): RetryReason {
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
