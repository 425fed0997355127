import { z } from 'zod';
import { type Outcome, type RetryReason, rejected, retry } from '../../contract/outcome.ts';

/** Errors of the broker that are about the records: smaller requests isolate them. */
const rejections: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
]);

const reasons: Readonly<Record<string, RetryReason>> = {
  TOPIC_AUTHORIZATION_FAILED: 'forbidden',
  CLUSTER_AUTHORIZATION_FAILED: 'forbidden',
  SASL_AUTHENTICATION_FAILED: 'unauthenticated',
  UNSUPPORTED_SASL_MECHANISM: 'unauthenticated',
  THROTTLING_QUOTA_EXCEEDED: 'throttled',
  REQUEST_TIMED_OUT: 'timeout',
  // Messages have the time of the request: the clocks differ by more than the broker allows.
  INVALID_TIMESTAMP: 'unexpected-answer',
  INVALID_TOPIC_EXCEPTION: 'unexpected-answer',
};

/** What the library adds to an error. */
const detailsSchema = z.object({
  code: z.string().optional(),
  apiId: z.string().optional(),
  serverErrorMessage: z.string().nullish(),
  cause: z.unknown().optional(),
});

/**
 * Outcome of a request that failed. The library nests the errors of several brokers and partitions;
 * `retry` comes first, because then smaller requests would not help.
 */
export function classifyError(peer: string, error: unknown): Outcome {
  const outcomes = leaves(error).map((one) => outcomeOf(peer, one));
  const first = outcomes.find(({ kind }) => kind === 'retry') ?? outcomes[0];
  return first ?? retry('unexpected-answer', `${peer}: ${String(error)}`);
}

function leaves(error: unknown): unknown[] {
  return error instanceof AggregateError && error.errors.length > 0
    ? error.errors.flatMap(leaves)
    : [error];
}

function outcomeOf(peer: string, error: unknown): Outcome {
  const { code, apiId, serverErrorMessage } = detailsSchema.safeParse(error).data ?? {};
  const text = [...messages(error), ...(serverErrorMessage ? [serverErrorMessage] : [])].join(': ');
  const detail = `${peer}: ${text}`;
  if (apiId !== undefined) {
    if (rejections.has(apiId)) return rejected(detail);
    return retry(reasons[apiId] ?? 'server-error', detail);
  }
  const ofCauses = causes(error).map((one) => detailsSchema.safeParse(one).data?.code);
  if (ofCauses.includes('PLT_KFK_AUTHENTICATION')) return retry('unauthenticated', detail);
  if (/timed out|timeout|ETIMEDOUT/i.test(text)) return retry('timeout', detail);
  return retry(code === 'PLT_KFK_NETWORK' ? 'unreachable' : 'unexpected-answer', detail);
}

/** The error and what caused it, the outermost first; of several, the first. */
function causes(error: unknown): unknown[] {
  const cause = error instanceof Error ? error.cause : undefined;
  const [first] = leaves(cause);
  return cause === undefined ? [error] : [error, ...causes(first)];
}

const messages = (error: unknown): string[] =>
  causes(error).map((one) => (one instanceof Error ? one.message || one.name : String(one)));

const responseSchema = z.object({
  responses: z.array(
    z.object({
      partitionResponses: z.array(z.object({ index: z.number(), errorCode: z.number() })),
    }),
  ),
});

/** The partitions that took their messages although the request failed. */
export function partitionsStored(error: unknown): Set<number> {
  if (!(error instanceof AggregateError)) return new Set();
  const response = 'response' in error ? responseSchema.safeParse(error.response).data : undefined;
  const own = (response?.responses ?? [])
    .flatMap(({ partitionResponses }) => partitionResponses)
    .flatMap(({ index, errorCode }) => (errorCode === 0 ? [index] : []));
  return new Set([...own, ...error.errors.flatMap((one) => [...partitionsStored(one)])]);
}
