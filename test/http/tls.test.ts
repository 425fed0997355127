import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { describeWith } from '../support/programs.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, runService, startService } from '../support/service.ts';
import { requestOverTls } from '../support/tls-client.ts';
import { bearer, entryOf, makeToken } from '../support/tokens.ts';

const reader = makeToken('reader', { scopes: ['read'] });
const beatOf = (name: string) => JSON.stringify({ name, version: '1', instance: 'c1' });

const certificates = [
  { name: 'orion-nodes', subject: '*.orion.example', scopes: ['ingest'], components: ['Orion'] },
  { name: 'ops', subject: 'spiffe://example/ops', scopes: ['admin', 'read'] },
  { name: 'old', subject: 'old.example', scopes: ['read'] },
];

describeWith(['openssl'], 'a service with TLS and client certificates', () => {
  let folder: string;
  let authority: Authority;
  let others: Authority;
  let service: LocalService;
  let settings: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    authority = createAuthority(folder);
    others = createAuthority(folder, 'others');
    const { certFile, keyFile } = authority.issue('server', { commonName: 'heartbeat.example' });
    settings = {
      HEARTBEAT_HTTP_TLS_CERT_FILE: certFile,
      HEARTBEAT_HTTP_TLS_KEY_FILE: keyFile,
      HEARTBEAT_HTTP_TLS_CLIENT_CA_FILE: authority.caFile,
      HEARTBEAT_AUTH_TOKENS: JSON.stringify([entryOf(reader)]),
      HEARTBEAT_AUTH_CERTIFICATES: JSON.stringify(certificates),
    };
    service = await startService(settings);
  });
  afterAll(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  const ask = (asked: Partial<Parameters<typeof requestOverTls>[0]>) =>
    requestOverTls({
      port: service.port,
      caFile: authority.caFile,
      path: '/api/v1/instances',
      ...asked,
    });
  const beat = (name: string, client: ReturnType<Authority['issue']>) =>
    ask({ method: 'POST', path: '/api/v1/heartbeats', body: beatOf(name), client });

  it('speaks HTTPS, and says so for good', async () => {
    expect(service.url).toBe(`https://127.0.0.1:${service.port}`);
    const answer = await ask({ headers: bearer(reader) });
    expect(answer).toMatchObject({ status: 200, server: 'heartbeat.example' });
    expect(answer.headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await ask({ headers: bearer(reader), maxVersion })).toMatchObject({ status: 200 });
    }
    await expect(ask({ headers: bearer(reader), maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  it('does not respond to plain HTTP', async () => {
    await expect(exchange(service.port, requestText('GET', '/health/live'))).rejects.toThrow();
    expect(await ask({ path: '/health/live' })).toMatchObject({ status: 200 });
  });

  it('knows a client by the common name of its certificate, and what that may do', async () => {
    const client = authority.issue('node', { commonName: 'n1.orion.example' });
    expect(await beat('Orion', client)).toMatchObject({ status: 202 });
    expect(await beat('Keyrock', client)).toMatchObject({
      status: 403,
      body: expect.stringContaining('orion-nodes may send (Orion)'),
    });
    expect(await ask({ client })).toMatchObject({ status: 403 });
  });

  it('knows a client by a name in subjectAltName, and writes down who it was', async () => {
    const client = authority.issue('ops', {
      commonName: 'somebody',
      alternativeNames: 'DNS:ops.example,URI:spiffe://example/ops',
    });
    expect(
      await ask({ method: 'PATCH', path: '/api/v1/params', body: '{"lateSeconds":99}', client }),
    ).toMatchObject({ status: 200 });
    const events = await ask({ path: '/api/v1/events?kind=params.changed', client });
    expect(events.body).toContain('"by":"ops (127.0.0.1)"');
    const { body } = await ask({ path: '/api/v1/tokens', client });
    expect(JSON.parse(body).tokens).toContainEqual(
      expect.objectContaining({
        kind: 'certificate',
        id: 'spiffe://example/ops',
        name: 'ops',
        lastUsed: expect.any(String),
      }),
    );
  });

  it.each([
    ['with a name that is not listed', () => authority.issue('x', { commonName: 'x.example' })],
    ['of another authority', () => others.issue('y', { commonName: 'n1.orion.example' })],
    ['that has ended', () => authority.issue('z', { commonName: 'old.example', days: -1 })],
    [
      'that hides a name in another',
      () =>
        authority.issue('q', { commonName: 'x', alternativeNames: 'email:"a,DNS:old.example"@b' }),
    ],
  ])('accepts no certificate %s', async (_, issue) => {
    const client = issue();
    expect(await ask({ client })).toMatchObject({
      status: 401,
      body: expect.stringMatching(/certificate/),
    });
    // A token is still accepted.
    expect(await ask({ client, headers: bearer(reader) })).toMatchObject({ status: 200 });
  });

  it('requires a token of clients without a certificate', async () => {
    expect(await ask({})).toMatchObject({ status: 401 });
    expect(await ask({ headers: bearer(reader) })).toMatchObject({ status: 200 });
  });

  it('refuses connections without a certificate, if configured', async () => {
    const strict = await startService({
      ...settings,
      HEARTBEAT_HTTP_TLS_REQUIRE_CLIENT_CERTIFICATE: 'true',
    });
    try {
      const asked = { port: strict.port, caFile: authority.caFile, path: '/health/live' };
      await expect(requestOverTls(asked)).rejects.toThrow();
      const client = authority.issue('node', { commonName: 'n1.orion.example' });
      expect(await requestOverTls({ ...asked, client })).toMatchObject({ status: 200 });
      const stranger = others.issue('y', { commonName: 'n1.orion.example' });
      await expect(requestOverTls({ ...asked, client: stranger })).rejects.toThrow();
    } finally {
      await strict.stop();
    }
  });

  it.each([
    ['no key', { HEARTBEAT_HTTP_TLS_KEY_FILE: '' }, 'http.tls.keyFile'],
    ['no certificate', { HEARTBEAT_HTTP_TLS_CERT_FILE: '' }, 'http.tls.certFile'],
    ['no authority', { HEARTBEAT_HTTP_TLS_CLIENT_CA_FILE: '' }, 'http.tls.clientCaFile'],
    [
      'another key',
      { HEARTBEAT_HTTP_TLS_KEY_FILE: 'test/fixtures/tls/key.pem' },
      'http.tls.keyFile',
    ],
    [
      'a key for a certificate',
      { HEARTBEAT_HTTP_TLS_CERT_FILE: 'test/fixtures/tls/key.pem' },
      'http.tls.certFile',
    ],
    [
      'a file that is not there',
      { HEARTBEAT_HTTP_TLS_CERT_FILE: '/nonexistent' },
      'http.tls.certFile',
    ],
  ])('does not start with %s', async (_, wrong, path) => {
    const { code, lines } = await runService({ ...settings, ...wrong });
    expect({ code, text: lines.map(({ msg }) => msg).join('\n') }).toEqual({
      code: 78,
      text: expect.stringContaining(path),
    });
  });
});
