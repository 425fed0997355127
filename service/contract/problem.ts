/**
 * All errors of the API, as RFC 9457 problems. `code` is stable and for programs, `title` names the
 * kind of error, `detail` describes the one that occurred.
 */
export const problemKinds = {
  'malformed-request': { status: 400, title: 'The request is not valid HTTP' },
  'malformed-body': { status: 400, title: 'The body cannot be read' },
  'heartbeats-rejected': { status: 400, title: 'No heartbeat in the body is valid' },
  'records-rejected': { status: 400, title: 'No record in the body is valid' },
  'invalid-parameter': { status: 400, title: 'A parameter is not valid' },
  unauthorized: { status: 401, title: 'Authentication required' },
  forbidden: { status: 403, title: 'Access denied' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  'silence-configured': { status: 409, title: 'The silence is part of the configuration' },
  'too-many-silences': { status: 409, title: 'Too many silences are active or pending' },
  'count-differs': { status: 409, title: 'Another number of instances matches' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'too-many-heartbeats': { status: 413, title: 'Too many heartbeats in one request' },
  'too-many-records': { status: 413, title: 'Too many records in one request' },
  'unsupported-encoding': { status: 415, title: 'This Content-Encoding is not supported' },
  'expectation-failed': { status: 417, title: 'This expectation cannot be met' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The header fields are too large' },
  'internal-error': { status: 500, title: 'The service failed' },
  'too-many-streams': { status: 503, title: 'Too many event streams are open' },
  overloaded: { status: 503, title: 'The service has too much to do' },
  'outbox-full': { status: 503, title: 'The outbox is full' },
  'monasca-unavailable': { status: 503, title: 'Monasca is unavailable' },
  'store-unavailable': { status: 503, title: 'The store is not available' },
  'not-ready': { status: 503, title: 'The service cannot accept heartbeats now' },
  stopping: { status: 503, title: 'The service is stopping' },
} as const;

export type ProblemCode = keyof typeof problemKinds;

export type Problem = {
  readonly code: ProblemCode;
  readonly detail: string;
  /** All invalid fields, where the content of a request is invalid. */
  readonly rejected?: readonly ItemProblem[];
  /** All invalid parameters; `path` is the name. */
  readonly errors?: readonly FieldError[];
  /** Seconds after which a retry can succeed. */
  readonly retryAfterSeconds?: number;
  readonly allow?: string;
};

/** Errors of one heartbeat of a request. */
export type ItemProblem = {
  /** Position in the request: 0 for the first heartbeat or line. */
  readonly index: number;
  readonly errors: readonly FieldError[];
};

export type FieldError = {
  /** A JSONPath into the body, such as `$[3].interval`. */
  readonly path: string;
  readonly expected: string;
  /** The value that was found, shortened to fit a log line. */
  readonly got: string;
};

/** An HTTP response as a value, as raw routes return it. */
export type RawResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export const statusOf = ({ code }: Problem): number => problemKinds[code].status;

/** The problem as `application/problem+json` (RFC 9457), with our own member `code`. */
export function problemResponse(problem: Problem): RawResponse {
  const { code, detail, rejected, errors, retryAfterSeconds, allow } = problem;
  const { status, title } = problemKinds[code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(allow === undefined ? {} : { allow }),
      // The codings that a retry may use (RFC 9110, 12.5.3).
      ...(status === 415 ? { 'accept-encoding': 'gzip, deflate, identity' } : {}),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="ge-heartbeat"' } : {}),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail, rejected, errors }),
  };
}
