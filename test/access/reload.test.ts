import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthority } from '../support/certificates.ts';
import { describeWith } from '../support/programs.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { runService, type SpawnedService, spawnService } from '../support/service.ts';
import { keptConnections, requestOverTls } from '../support/tls-client.ts';
import { bearer, makeToken, type TestToken, writeTokens } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const [first, second] = ['first', 'second'].map((name) => makeToken(name, { scopes: ['read'] }));
if (!first || !second) throw new Error('two tokens');
const all = makeToken('all', { scopes: ['read', 'ingest'] });

let folder: string;
let service: SpawnedService | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reload-'));
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const statusOf = async (port: number, token: TestToken) => {
  const request = requestText('GET', '/api/v1/instances', { headers: bearer(token) });
  return (await exchange(port, request)).status;
};

const untilStatus = (port: number, token: TestToken, status: number): Promise<void> =>
  until(async () => (await statusOf(port, token)) === status);

/** Follows the stream of events, as far as it goes. */
async function follow(url: string, token: TestToken) {
  const answer = await fetch(`${url}/api/v1/events/stream`, { headers: bearer(token) });
  let text = '';
  const ended = (async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  return { text: () => text, ended };
}

describe('the file of tokens', () => {
  it('is read again on SIGHUP, and a bad one changes nothing', async () => {
    const file = writeTokens(folder, [first]);
    service = await spawnService({ HEARTBEAT_AUTH_TOKENS_FILE: file });
    const { port, pid, lines } = service;
    expect([await statusOf(port, first), await statusOf(port, second)]).toEqual([200, 401]);

    // Rotation: both are good, then the old one is withdrawn.
    writeTokens(folder, [first, second]);
    process.kill(pid, 'SIGHUP');
    await untilStatus(port, second, 200);
    expect(await statusOf(port, first)).toBe(200);
    writeTokens(folder, [second]);
    process.kill(pid, 'SIGHUP');
    await untilStatus(port, first, 401);
    expect(await statusOf(port, second)).toBe(200);

    writeFileSync(file, `{"tokens":[{"name":"x","hash":"${first.token}"`);
    process.kill(pid, 'SIGHUP');
    await until(() => lines.some(({ level }) => level === 'error'));
    expect(await statusOf(port, second)).toBe(200);
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        msg: 'the tokens cannot be used: the old ones stay',
        problems: ['it is neither YAML nor JSON'],
      },
    ]);
    const headers = bearer(second);
    const health = await exchange(port, requestText('GET', '/health', { headers }));
    expect(JSON.parse(health.body)).toMatchObject({
      status: 'degraded',
      ready: true,
      dependencies: { access: { status: 'down', entries: 1 } },
    });
    for (const { token, hash } of [first, second]) {
      expect(JSON.stringify(lines)).not.toContain(token.slice(-20));
      expect(JSON.stringify(lines)).not.toContain(hash.slice(-20));
    }
  });

  it('is reloaded when it has changed, without a signal', async () => {
    service = await spawnService({ HEARTBEAT_AUTH_TOKENS_FILE: writeTokens(folder, [first]) });
    writeTokens(folder, [second]);
    await untilStatus(service.port, second, 200);
    expect(await statusOf(service.port, first)).toBe(401);
  });

  it('ends the streams of withdrawn tokens, before they receive any more', async () => {
    service = await spawnService({
      HEARTBEAT_AUTH_TOKENS_FILE: writeTokens(folder, [first, all]),
    });
    const { url, port, pid } = service;
    const streamOf = (token: TestToken) => follow(url, token);
    const [withdrawn, kept] = [await streamOf(first), await streamOf(all)];
    writeTokens(folder, [all]);
    process.kill(pid, 'SIGHUP');
    await untilStatus(port, first, 401);
    const body = '{"name":"Orion","version":"1","instance":"c1"}';
    const beat = requestText('POST', '/api/v1/heartbeats', { headers: bearer(all), body });
    expect(await exchange(port, beat)).toMatchObject({ status: 202 });
    await withdrawn.ended;
    expect(withdrawn.text()).not.toContain('event: started');
    await until(() => kept.text().includes('event: started'));
  });

  it('is not configured: then SIGHUP ends the service', async () => {
    service = await spawnService();
    process.kill(service.pid, 'SIGHUP');
    expect(await service.exited).toMatchObject({ code: 0 });
  });
});

describe('a service that others can reach', () => {
  it('does not start without tokens, and says what to do', async () => {
    const { code, lines } = await runService({ HEARTBEAT_HTTP_HOST: '0.0.0.0' });
    expect(code).toBe(78);
    const text = lines.map(({ msg }) => msg).join('\n');
    expect(text).toMatch(/http\.host .*"0\.0\.0\.0".*auth\.tokensFile.*HEARTBEAT_AUTH_OPEN=true/);
  });

  it('starts with tokens, and starts open if that is said', async () => {
    const host = { HEARTBEAT_HTTP_HOST: '0.0.0.0' };
    const file = writeTokens(folder, [first]);
    service = await spawnService({ ...host, HEARTBEAT_AUTH_TOKENS_FILE: file });
    expect(await statusOf(service.port, second)).toBe(401);
    await service.stop();
    service = await spawnService({ ...host, HEARTBEAT_AUTH_OPEN: 'true' });
    expect(await statusOf(service.port, second)).toBe(200);
  });
});

describeWith(['openssl'], 'the certificate of the service', () => {
  it('is renewed under load, and no connection is dropped', async () => {
    const authority = createAuthority(folder);
    const { certFile, keyFile } = authority.issue('server', { commonName: 'old' });
    service = await spawnService({
      HEARTBEAT_HTTP_TLS_CERT_FILE: certFile,
      HEARTBEAT_HTTP_TLS_KEY_FILE: keyFile,
    });
    const { port, pid, lines } = service;
    const asked = { port, caFile: authority.caFile, path: '/health/live' };
    const kept = keptConnections(authority.caFile, 20);
    const connections = new Set<unknown>();
    kept.on('free', (socket) => connections.add(socket));
    let isOver = false;
    let answered = 0;
    const beat = JSON.stringify({ name: 'Orion', version: '1', instance: 'c' });
    const load = Array.from({ length: 20 }, async () => {
      const post = { ...asked, path: '/api/v1/heartbeats', method: 'POST', body: beat };
      while (!isOver) {
        // Rejects when its connection is cut.
        expect(await requestOverTls({ ...post, agent: kept })).toMatchObject({ status: 202 });
        answered++;
      }
    });

    await until(() => answered >= 100);
    for (const commonName of ['new', 'newer', 'newest']) {
      authority.issue('server', { commonName });
      process.kill(pid, 'SIGHUP');
      await until(async () => (await requestOverTls(asked)).server === commonName);
    }
    const before = answered;
    await until(() => answered >= before + 100);
    isOver = true;
    await Promise.all(load);
    expect(connections.size).toBe(20);

    writeFileSync(certFile, 'no certificate');
    process.kill(pid, 'SIGHUP');
    await until(() => lines.some(({ level }) => level === 'error'));
    expect(await requestOverTls(asked)).toMatchObject({ status: 200, server: 'newest' });
    kept.destroy();
  });
});
