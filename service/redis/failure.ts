import { type Outcome, type RetryReason, rejected, retry } from '../contract/outcome.ts';

/** First words of Redis's errors that say something about the records, and not about Redis. */
const rejections: ReadonlySet<string> = new Set(['WRONGTYPE']);

const reasons: Readonly<Record<string, RetryReason>> = {
  NOAUTH: 'unauthenticated',
  WRONGPASS: 'unauthenticated',
  NOPERM: 'forbidden',
  // Memory, disk, replication, a start, a script of another client: all of them end.
  OOM: 'server-error',
  MISCONF: 'server-error',
  READONLY: 'server-error',
  LOADING: 'server-error',
  BUSY: 'server-error',
  MASTERDOWN: 'server-error',
  NOREPLICAS: 'server-error',
  NOSCRIPT: 'server-error',
  TRYAGAIN: 'server-error',
  CLUSTERDOWN: 'server-error',
};

/** Outcome of a command or connection that failed, by the first word of Redis's message. */
export function classifyError(peer: string, error: unknown): Outcome {
  const message = messageOf(error);
  const detail = `${peer}: ${message}`;
  const word = /^-?([A-Z]{2,})\b/.exec(message)?.[1] ?? '';
  if (rejections.has(word)) return rejected(detail);
  const reason = reasons[word];
  if (reason !== undefined) return retry(reason, detail);
  if (/max number of clients/.test(message)) return retry('throttled', detail);
  if (/timed out|ETIMEDOUT/i.test(message)) return retry('timeout', detail);
  if (isReply(error)) return retry('unexpected-answer', detail);
  return retry('unreachable', detail);
}

const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

/** Of a host with several addresses, the first failure. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
