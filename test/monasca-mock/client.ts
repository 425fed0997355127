import { z } from 'zod';
import type { Mock } from '../../monasca-mock/mock.ts';

/** The requests that most tests of the mock send. */

export function passwordLogin(user: string, project: string, password = `${user}-secret`) {
  const domain = { id: 'default' };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name: user, password, domain } } },
      scope: { project: { name: project, domain } },
    },
  };
}

export function tryLogin(mock: Mock, body: unknown, query = ''): Promise<Response> {
  return fetch(`${mock.keystoneUrl}/auth/tokens${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The token of a seeded account; throws if there is none. */
export async function logIn(mock: Mock, user: 'admin' | 'ge' | 'agent'): Promise<string> {
  const project = user === 'admin' ? 'admin' : 'ge';
  const response = await tryLogin(mock, passwordLogin(user, project));
  await response.arrayBuffer();
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token for ${user}: ${response.status}`);
  return token;
}

export function metric(more: Record<string, unknown> = {}) {
  return {
    name: 'm',
    dimensions: { name: 'svc' },
    timestamp: 1_767_225_600_000,
    value: 1,
    ...more,
  };
}

export function postMetrics(
  mock: Mock,
  token: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${mock.monascaUrl}/metrics`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

const measurementsReply = z.object({
  elements: z.array(z.object({ measurements: z.array(z.unknown()) })),
});

/** Number of measurements of `metric()`, read through the API. */
export async function countStored(mock: Mock, token: string): Promise<number> {
  const query = 'name=m&start_time=2020-01-01&merge_metrics=true';
  const url = `${mock.monascaUrl}/metrics/measurements?${query}`;
  const response = await fetch(url, { headers: { 'X-Auth-Token': token } });
  const { elements } = measurementsReply.parse(await response.json());
  return elements.flatMap(({ measurements }) => measurements).length;
}

/** One request to Keystone with a token. */
export async function identity(
  mock: Mock,
  token: string,
  method: string,
  path: string,
  body?: unknown,
) {
  const response = await fetch(mock.keystoneUrl + path, {
    method,
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return read(response);
}

/** One request to the remote control. */
export async function control(mock: Mock, method: string, path: string, body?: unknown) {
  const response = await fetch(new URL(path, mock.monascaUrl), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return read(response);
}

async function read(response: Response) {
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}
