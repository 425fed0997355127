import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMonascaApp } from '../../monasca-mock/monasca/app.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
});
afterAll(() => server.close());

describe(createMonascaApp.name, () => {
  it('lists the versions', async () => {
    const version = {
      id: 'v2.0',
      links: [{ rel: 'self', href: `${server.url}/v2.0` }],
      status: 'CURRENT',
      updated: '2013-03-06T00:00:00.000Z',
    };
    expect(await server.get('/')).toMatchObject({
      status: 200,
      json: { links: [{ rel: 'self', href: `${server.url}/` }], elements: [version] },
    });
    for (const path of ['/v2.0', '/v2.0/']) {
      expect((await server.get(path)).json).toEqual(version);
    }
    expect(await server.get('/v3.0')).toMatchObject({
      status: 422,
      json: { title: 'Invalid version' },
    });
  });

  it('reports its health without a token', async () => {
    const parts = { kafka: 'OK', alarms_database: 'OK', metrics_database: 'OK' };
    const response = await server.send({ path: '/healthcheck', as: null });
    expect(response).toMatchObject({ status: 200, json: parts });
    const head = await server.send({ method: 'HEAD', path: '/healthcheck', as: null });
    expect(head).toMatchObject({ status: 204, text: '' });
  });

  it.each([
    ['GET', '/v2.0/nope', 404, undefined],
    ['GET', '/v2.0/metrics/nope', 404, undefined],
    ['GET', '/v2.0/metrics/names/x', 404, undefined],
    ['HEAD', '/', 405, 'GET, OPTIONS'],
    ['POST', '/', 405, 'GET, OPTIONS'],
    ['HEAD', '/v2.0/metrics', 405, 'GET, POST, OPTIONS'],
    ['DELETE', '/v2.0/metrics', 405, 'GET, POST, OPTIONS'],
    ['PUT', '/v2.0/metrics/', 405, 'GET, POST, OPTIONS'],
    ['POST', '/v2.0/metrics/names', 405, 'GET, OPTIONS'],
    ['POST', '/v2.0/alarm-definitions/x', 405, 'DELETE, GET, PATCH, PUT, OPTIONS'],
  ])('responds to %s %s with %i', async (method, path, status, allow) => {
    const response = await server.send({ method, path });
    expect(response).toMatchObject({ status, headers: { vary: 'Accept' } });
    expect(response.headers['allow']).toBe(allow);
    const title = status === 404 ? '404 Not Found' : '405 Method Not Allowed';
    if (method !== 'HEAD') expect(response.json).toEqual({ title });
  });

  it('lists the methods of a path for OPTIONS', async () => {
    const response = await server.send({ method: 'OPTIONS', path: '/v2.0/metrics' });
    expect(response).toMatchObject({ status: 200, headers: { allow: 'GET, POST' } });
  });

  it('accepts an invalid Host', async () => {
    const response = await server.send({
      path: '/v2.0/metrics?limit=1',
      headers: { Host: 'a b:c' },
    });
    expect(response).toMatchObject({ status: 200 });
  });

  it('keeps its data in a file, and finds the same series in it again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'monasca-mock-'));
    const metric = { name: 'kept', dimensions: { a: 'b' }, timestamp: 1000, value: 1 };
    for (const timestamp of [1000, 2000]) {
      const database = new DatabaseSync(join(folder, 'mock.sqlite'));
      const first = await startMonascaServer({ database });
      expect(await first.post({ ...metric, timestamp })).toMatchObject({ status: 204 });
      const { json } = await first.get(
        '/v2.0/metrics/measurements?name=kept&start_time=1970-01-01',
      );
      expect(Object(json).elements[0].measurements).toHaveLength(timestamp / 1000);
      await first.close();
      database.close();
    }
    rmSync(folder, { recursive: true });
  });

  it('accepts a slash at the end of the path', async () => {
    const { json } = await server.get('/v2.0/metrics/names/?limit=1');
    expect(json).toMatchObject({ links: [{ href: `${server.url}/v2.0/metrics/names?limit=1` }] });
  });

  it('gives every response an id of its own', async () => {
    const requests = ['/', '/v2.0/metrics', '/v2.0/nope', '/healthcheck'].flatMap((path) => [
      server.send({ path }),
      server.send({ path, as: null }),
    ]);
    const ids = (await Promise.all(requests)).map(
      ({ headers }) => headers['x-openstack-request-id'],
    );
    for (const id of ids) expect(id).toMatch(/^req-[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sends problems as XML on request', async () => {
    const path = '/v2.0/metrics?name=a(b&limit=1';
    const xml = await server.send({ path, headers: { Accept: 'application/xml' } });
    expect(xml).toMatchObject({ status: 422, headers: { 'content-type': 'application/xml' } });
    expect(xml.text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><error><title>Unprocessable Entity</title>' +
        '<description>invalid characters in metric name: a(b</description></error>',
    );
    const json = await server.send({ path, headers: { Accept: '*/*' } });
    expect(json.headers['content-type']).toBe('application/json');
    const neither = await server.send({ path, headers: { Accept: 'text/html' } });
    expect(neither).toMatchObject({ status: 422, text: '' });
  });

  it('fails for a parameter without an equals sign, and ignores unknown parameters', async () => {
    expect(await server.get('/v2.0/metrics?foo')).toMatchObject({ status: 500 });
    expect(await server.get('/v2.0/metrics/names?foo')).toMatchObject({ status: 500 });
    expect(await server.get('/v2.0/metrics?foo=bar&alias=@x%20y')).toMatchObject({ status: 200 });
  });

  it('treats a parameter with an empty value as absent', async () => {
    expect(await server.get('/v2.0/metrics?name=&dimensions=')).toMatchObject({ status: 200 });
    expect(
      await server.get('/v2.0/metrics/measurements?name=&start_time=2026-01-01'),
    ).toMatchObject({
      status: 422,
      json: { description: 'Missing name' },
    });
  });
});
