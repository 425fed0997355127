import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEmitter, type EmitterOptions } from '../../../emitter/client/create-emitter.ts';
import { instancePastSchema } from '../../../service/contract/api/instance.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freePort } from '../../support/test-server.ts';
import { makeToken, writeTokens } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';
import { type Receiver, startReceiver } from '../receiver.ts';
import { runProgram } from '../run.ts';

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(() => receiver.close());

const identity = { name: 'Orion', version: '3.10.1', instance: 'i-1' };
const sent = () =>
  receiver.received.flatMap(({ body }) => body.split('\n').map((line) => JSON.parse(line)));

/** An emitter that leaves the signals of the test's process alone, and its lines. */
function start(options: Partial<EmitterOptions> = {}) {
  const lines: string[] = [];
  const emitter = createEmitter({
    url: receiver.origin,
    ...identity,
    intervalSeconds: 1,
    catchSignals: false,
    onChange: (line) => lines.push(line),
    ...options,
  });
  return { lines, stop: emitter.stop };
}

describe('createEmitter', () => {
  it('sends at once and at every interval, and stopping at the end, once', async () => {
    const { lines, stop } = start();
    await until(() => receiver.received.length >= 2);
    await Promise.all([stop(), stop()]);
    const [timestamp, sentAt] = [expect.any(Number), expect.any(Number)];
    expect(sent()[0]).toEqual({ ...identity, interval: 1, timestamp, sentAt });
    expect(sent().filter(({ status }) => status === 'stopping')).toHaveLength(1);
    expect(sent().at(-1)).toMatchObject({ status: 'stopping' });
    expect(lines).toEqual([]);
  });

  it('retires the instance of the service, over TLS and with a token', async () => {
    const folder = temporaryFolder();
    const token = makeToken('orion', { scopes: ['ingest', 'read'] });
    const authority = createAuthority(folder);
    const { certFile, keyFile } = authority.issue('server', {
      commonName: 'localhost',
      alternativeNames: 'IP:127.0.0.1',
    });
    const service = await startService({
      HEARTBEAT_AUTH_TOKENS_FILE: writeTokens(folder, [token]),
      HEARTBEAT_HTTP_TLS_CERT_FILE: certFile,
      HEARTBEAT_HTTP_TLS_KEY_FILE: keyFile,
    });
    const plain = await startService();
    const tls = { ca: readFileSync(authority.caFile, 'utf8') };
    const secured = start({ url: service.url, token: token.token, tls });
    const unknown = start({ url: service.url, token: token.token });
    await secured.stop();
    await unknown.stop();
    expect(secured.lines).toEqual([]);
    expect(unknown.lines.join()).toMatch(/certificate/);
    const open = start({ url: plain.url });
    await open.stop();
    const path = 'api/v1/instances/Orion/3.10.1/i-1';
    const response = await fetch(`${plain.url}/${path}`);
    expect(instancePastSchema.parse(await response.json()).state).toBe('retired');
    await service.stop();
    await plain.stop();
  });

  it('keeps what it could not send, bounded, and sends it in one request', async () => {
    let status = 503;
    receiver.respond = () => ({ status, body: '{"detail":"Full."}' });
    const { lines, stop } = start({ intervalSeconds: 0.05, maxKept: 3 });
    await until(() => receiver.received.length >= 6);
    const most = Math.max(...receiver.received.map(({ body }) => body.split('\n').length));
    status = 202;
    await until(() => lines.length >= 2);
    await stop();
    expect(most).toBe(4);
    expect(lines).toEqual(['not acknowledged: HTTP 503: Full.', 'acknowledged']);
  });

  it('drops a batch that the service will never accept, and sends the last one', async () => {
    receiver.respond = ({ body }) => {
      if (receiver.received.length === 1) return { status: 503 };
      return { status: body.includes('\n') ? 400 : 202 };
    };
    const { lines, stop } = start();
    await until(() => lines.length === 2);
    await stop();
    expect(lines).toEqual(['not acknowledged: HTTP 503', 'acknowledged']);
  });

  it.each([
    ['a refused connection', async () => `127.0.0.1:${await freePort()}`],
    ['an address that is none', async () => 'http://'],
    ['an address with another scheme', async () => 'ftp://x'],
  ])('never throws: %s', async (_title, url) => {
    const { lines, stop } = start({ url: await url() });
    await stop();
    expect(lines.length).toBeGreaterThan(0);
    expect(lines[0]).toMatch(/^not acknowledged: /);
  });

  it('gives up a service that hangs', async () => {
    receiver.respond = () => 'none';
    const { lines, stop } = start({ timeoutMs: 100 });
    await stop();
    expect(lines).toEqual(['not acknowledged: no response within 100 ms']);
  });

  it('sends only while the host is healthy, and survives what its functions throw', async () => {
    let isHealthy = false;
    const lines: string[] = [];
    const { stop } = start({
      isHealthy: () => {
        if (lines.length === 0) throw new Error('a mistake');
        return isHealthy;
      },
      intervalSeconds: 0.05,
      onChange: (line) => {
        lines.push(line);
        throw new Error('another mistake');
      },
    });
    await until(() => lines.includes('not sent: not healthy'));
    expect(receiver.received).toEqual([]);
    isHealthy = true;
    await until(() => receiver.received.length > 0);
    await stop();
    expect(lines).toEqual(['not sent: Error: a mistake', 'not sent: not healthy', 'acknowledged']);
  });
});

describe('a program with an emitter', () => {
  const run = (rest: string) =>
    runProgram(
      process.execPath,
      [
        '--conditions=source',
        '--input-type=module',
        '-e',
        `import { createEmitter } from 'ge-heartbeat/emitter';
         createEmitter({ url: '${receiver.origin}', name: 'Orion', version: '1', timeoutMs: 500 });
         ${rest}`,
      ],
      { cwd: process.cwd() },
    );

  it('ends when it has nothing left to do, and has sent stopping', async () => {
    const { exitCode, err } = await run('console.log(1);');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(sent().at(-1)).toMatchObject({ status: 'stopping' });
  });

  it('ends by its signal, and has sent stopping', async () => {
    const { exitCode } = await run(
      'setInterval(() => {}, 1000); setTimeout(() => process.kill(process.pid, "SIGTERM"), 100);',
    );
    expect(exitCode).toBeNull();
    expect(sent().at(-1)).toMatchObject({ status: 'stopping' });
  });

  it('is not kept alive by a service that hangs longer than the last heartbeat may take', async () => {
    receiver.respond = () => 'none';
    const before = Date.now();
    expect((await run('')).exitCode).toBe(0);
    expect(Date.now() - before).toBeLessThan(8_000);
  });
});
