import {
  type Problem,
  problemResponse,
  type RawResponse,
  statusOf,
} from '../../contract/problem.ts';
import { goJson } from '../../notify/state-manager/go-json.ts';

/** Beginning of hbtd's paths; `instance` in a problem is one of these paths. */
export const root = '/hmi/v1';

export const emptyResponse = (
  status: number,
  headers: RawResponse['headers'] = {},
): RawResponse => ({ status, headers, body: '' });

export const jsonResponse = (value: unknown): RawResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: goJson(value),
});

/** A problem in the form of hbtd, which has two titles and no codes. */
export const hbtdProblem = (
  status: number,
  detail: string,
  instance: string,
  headers: RawResponse['headers'] = {},
): RawResponse => ({
  status,
  headers: { ...headers, 'content-type': 'application/problem+json' },
  body: `${goJson({
    type: 'about:blank',
    title: status < 500 ? 'Invalid Request' : 'Internal Server Error',
    detail,
    instance,
    status,
  })}\n`,
});

export const unsupportedMethod = (allow: readonly string[], instance: string): RawResponse =>
  hbtdProblem(405, `Only ${allow.join(' and ')} operations supported`, instance, {
    allow: allow.join(', '),
  });

/** The heartbeat may be sent again: hbtd's own text for that, with a time to wait. */
export const notStored = (retryAfterSeconds: number, instance: string): RawResponse =>
  hbtdProblem(500, 'Key/Value service store operation failed', instance, {
    'retry-after': String(retryAfterSeconds),
  });

/** A problem of the service in the form of hbtd. */
export const toHbtdProblem = (problem: Problem, instance: string): RawResponse =>
  hbtdProblem(statusOf(problem), problem.detail, instance, problemResponse(problem).headers);

/** The texts of Go's server. */
export const badRequest: RawResponse = {
  status: 400,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '400 Bad Request',
};
export const pageNotFound: RawResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};
