import { expect } from '@jest/globals';
import { z } from 'zod';
import { exchange, type RawAnswer, requestText } from './raw-http.ts';

/** Settings of a service with the hbtd profile, on a free port. */
export const hbtdSettings = {
  HEARTBEAT_PROFILES_HBTD_ENABLED: 'true',
  HEARTBEAT_PROFILES_HBTD_PORT: '0',
};

/** A heartbeat as a node sends it. */
export const hbtdBeat = (Component: string, more: Readonly<Record<string, unknown>> = {}) => ({
  Component,
  Hostname: 'nid000008',
  NID: '8',
  Status: 'OK',
  Timestamp: '2026-01-01T00:00:00.000000',
  ...more,
});

/** `json`: the body, if it was JSON. */
export type HbtdAnswer = RawAnswer & { readonly json: unknown };

/** Talks to an hbtd profile; paths without a slash in front are below `/hmi/v1/`, objects go as JSON. */
export type HbtdClient = {
  ask(method: string, path: string, body?: unknown, headers?: Headers): Promise<HbtdAnswer>;
  post(path: string, body: unknown): Promise<HbtdAnswer>;
  get(path: string): Promise<HbtdAnswer>;
  isBeating(xname: string): Promise<boolean>;
};

type Headers = Readonly<Record<string, string>>;

const stateSchema = z.object({ Heartbeating: z.boolean() });

export function hbtdClient(port: () => number): HbtdClient {
  const client: HbtdClient = {
    async ask(method, path, body, headers = {}) {
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const given = text === undefined ? undefined : String(text);
      const target = path.startsWith('/') ? path : `/hmi/v1/${path}`;
      const request = requestText(method, target, { headers, body: given });
      const answer = await exchange(port(), request);
      const isJson = /json/.test(answer.headers['content-type'] ?? '') && answer.body !== '';
      return { ...answer, json: isJson ? JSON.parse(answer.body) : undefined };
    },
    post: (path, body) => client.ask('POST', path, body),
    get: (path) => client.ask('GET', path),
    isBeating: async (xname) =>
      stateSchema.parse((await client.get(`hbstate/${xname}`)).json).Heartbeating,
  };
  return client;
}

/** A problem as the profile words it. */
export const hbtdProblem = (status: number, detail: string, instance: string) => ({
  status,
  headers: expect.objectContaining({ 'content-type': 'application/problem+json' }),
  json: {
    type: 'about:blank',
    title: status < 500 ? 'Invalid Request' : 'Internal Server Error',
    detail,
    instance: `/hmi/v1/${instance}`,
    status,
  },
});
