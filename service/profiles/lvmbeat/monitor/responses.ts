import {
  type Problem,
  problemResponse,
  type RawResponse,
  statusOf,
} from '../../../contract/problem.ts';

export const jsonResponse = (value: unknown, status = 200): RawResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** An error in the form of FastAPI. */
export const detailResponse = (
  status: number,
  detail: unknown,
  headers: RawResponse['headers'] = {},
): RawResponse => {
  const response = jsonResponse({ detail }, status);
  return { ...response, headers: { ...headers, ...response.headers } };
};

export const notFound = detailResponse(404, 'Not Found');
export const methodNotAllowed = detailResponse(405, 'Method Not Allowed', { allow: 'GET' });

export const redirect = (location: string): RawResponse => ({
  status: 307,
  headers: { location },
  body: '',
});

export const serverError: RawResponse = {
  status: 500,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Internal Server Error',
};

/** A problem of the service in the form of FastAPI. */
export function toDetail(problem: Problem): RawResponse {
  const { 'content-type': _, ...headers } = problemResponse(problem).headers;
  return detailResponse(statusOf(problem), problem.detail, headers);
}

export const invalidNotification = (input: string): RawResponse =>
  detailResponse(422, [
    {
      type: 'literal_error',
      loc: ['path', 'notification_type'],
      msg: "Input should be 'up' or 'down'",
      input,
      ctx: { expected: "'up' or 'down'" },
    },
  ]);

export const invalidForce = (input: string): RawResponse =>
  detailResponse(422, [
    {
      type: 'bool_parsing',
      loc: ['query', 'force'],
      msg: 'Input should be a valid boolean, unable to interpret input',
      input,
    },
  ]);
