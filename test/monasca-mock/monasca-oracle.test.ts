import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createMonascaApp } from '../../monasca-mock/monasca/app.ts';
import type { Defects } from '../../monasca-mock/monasca/defects.ts';
import {
  type MonascaResponse,
  type MonascaServer,
  startMonascaServer,
} from '../support/monasca-server.ts';

/*
 * The recorded exchanges with a real Monasca API, sent to the mock in the same order. Statuses,
 * headers, values, links and messages must be equal; only hosts and random ids may differ.
 */

const exchangeSchema = z.object({
  label: z.string(),
  as: z.string().nullable(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    content_type: z.string().nullable(),
    body: z.string().nullable(),
  }),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    json: z.unknown(),
  }),
});

const path = fileURLToPath(new URL('../fixtures/oracle/monasca.jsonl', import.meta.url));
const exchanges = readFileSync(path, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => exchangeSchema.parse(JSON.parse(line)));

/** Exchanges that are not replayed, with the reason. */
const excluded = new Map([
  ['healthcheck', 'the recorded service had no Kafka behind it; the mock has all it needs'],
]);

/** Recorded defects of the real service that the mock shows only if their switch is on. */
const switched = new Map<string, keyof Defects>([
  ['stats limit2 off', 'statisticsPagingSkips'],
  ['stats group page1', 'groupedPagingLosesRows'],
]);

const compared = ['content-type', 'vary', 'www-authenticate'];

describe(createMonascaApp.name, () => {
  let server: MonascaServer;

  beforeAll(async () => {
    server = await startMonascaServer();
    // These two existed before the recording began, and are part of it.
    const before = [
      {
        path: '/v2.0/alarm-definitions',
        body: '{"name":"hb missing","expression":"count(GE_Heartbeat{name=svc},deterministic,60) < 1 times 3","match_by":["instance"]}',
      },
      {
        path: '/v2.0/notification-methods',
        body: '{"name":"n1","type":"email","address":"a@b.c"}',
      },
    ];
    for (const request of before) {
      const actual = await server.send({ method: 'POST', ...request });
      expect(actual.status).toBe(201);
    }
  });

  afterAll(() => server.close());

  it.each(exchanges.map((exchange, index) => ({ ...exchange, index })))(
    'responds as recorded: $index $label',
    async ({ label, as, request, response }) => {
      if (excluded.has(label)) return;
      const defect = switched.get(label);
      if (defect) server.defects[defect] = true;
      const actual = await server.send({
        method: request.method,
        path: request.path,
        as,
        contentType: request.content_type,
        ...(request.body === null ? {} : { body: request.body }),
      });
      if (defect) server.defects[defect] = false;
      expect(comparable(actual)).toEqual({
        status: response.status,
        headers: headersOf(response.headers),
        json: withoutRandomParts(response.json) ?? undefined,
      });
      expect(actual.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
    },
  );

  it('excludes or switches only recorded exchanges', () => {
    const labels = new Set(exchanges.map(({ label }) => label));
    for (const label of [...excluded.keys(), ...switched.keys()]) expect(labels).toContain(label);
  });
});

function comparable(actual: MonascaResponse) {
  return {
    status: actual.status,
    headers: headersOf(actual.headers),
    json: withoutRandomParts(actual.json),
  };
}

function headersOf(headers: Record<string, string | undefined>) {
  return Object.fromEntries(compared.map((name) => [name, headers[name]]));
}

/** The JSON with equal hosts and random ids. */
function withoutRandomParts(json: unknown): unknown {
  if (json === undefined || json === null) return json;
  const text = JSON.stringify(json)
    .replaceAll(/http:\/\/[^/"]+:(?!5000)\d+/g, 'http://host')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>');
  return JSON.parse(text);
}
