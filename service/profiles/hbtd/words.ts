import {
  type HttpResponse,
  type Problem,
  problemResponse,
  statusOf,
} from '../../contract/problem.ts';

/** The paths of hbtd; `instance` in a problem is one of them. */
export const root = '/hmi/v1';

export const noBody: HttpResponse = { status: 200, headers: {}, body: '' };

export const jsonAnswer = (value: unknown): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** A problem as hbtd words it: two titles for all of them, and no codes. */
export const problem = (
  status: number,
  detail: string,
  instance: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse => ({
  status,
  headers: { ...headers, 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    type: 'about:blank',
    title: status < 500 ? 'Invalid Request' : 'Internal Server Error',
    detail,
    instance,
    status,
  }),
});

export const notAllowed = (allow: readonly string[], instance: string): HttpResponse =>
  problem(405, `Only ${allow.join(' and ')} operations supported`, instance, {
    allow: allow.join(', '),
  });

/** What could not be stored may be sent again: hbtd's own words for that, with a time to wait. */
export const notStored = (retryAfterSeconds: number, instance: string): HttpResponse =>
  problem(500, 'Key/Value service store operation failed', instance, {
    'retry-after': String(retryAfterSeconds),
  });

/** A problem that arose before the protocol had its say. */
export const inItsWords = (ours: Problem, instance: string): HttpResponse =>
  problem(statusOf(ours), ours.detail, instance, problemResponse(ours).headers);

/** As Go's server says it. */
export const notFound: HttpResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};

export const movedTo = (location: string): HttpResponse => ({
  status: 301,
  headers: { location },
  body: '',
});
