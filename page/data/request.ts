import { signedOut } from './session.ts';

/** A request that failed, with a text for people. */
export class RequestFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Requests are relative to the page, which may be below a path of a proxy. */
export const api = (path: string, query: ApiQuery = {}): string =>
  `api/v1/${path}${queryText(query)}`;

export type ApiQuery = Readonly<Record<string, string | number | boolean | undefined>>;

function queryText(query: ApiQuery): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export async function getJson<T>(
  path: string,
  query: ApiQuery = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await request(api(path, query), signal ? { signal } : {});
  return await response.json();
}

/** Sends a change; resolves when the service has accepted it. */
export async function sendJson(
  method: 'POST' | 'DELETE' | 'PATCH',
  path: string,
  query: ApiQuery = {},
  body?: unknown,
): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return await request(
    api(path, query),
    body === undefined ? { method } : { method, headers, body: JSON.stringify(body) },
  );
}

async function request(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new RequestFailure(0, 'The service cannot be reached.');
  }
  if (response.ok) return response;
  const failure = new RequestFailure(response.status, await problemText(response));
  if (response.status === 401) signedOut();
  throw failure;
}

/** Text of a problem (RFC 9457). */
async function problemText(response: Response): Promise<string> {
  try {
    const { title, detail }: { title?: string; detail?: string } = await response.json();
    return detail ?? title ?? `Status ${response.status}.`;
  } catch {
    return `The service responded with status ${response.status}.`;
  }
}

export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
