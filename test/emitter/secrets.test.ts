import { readdirSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createAuthority } from '../support/certificates.ts';
import { type LocalService, startService } from '../support/service.ts';
import { makeToken, writeTokens } from '../support/tokens.ts';
import { until } from '../support/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import {
  createScratch,
  describeShells,
  fillPath,
  runEmitter,
  settings,
  startEmitter,
} from './run.ts';

const scratch = createScratch();
const [good, other] = [
  makeToken('orion', { scopes: ['ingest'], components: ['Orion'] }),
  makeToken('other', { scopes: ['ingest'], components: ['Cygnus'] }),
];
let receiver: Receiver;
let service: LocalService;
let tls: LocalService;
let caFile: string;
let certificate: Record<string, string>;

beforeAll(async () => {
  receiver = await startReceiver();
  const folder = await scratch.folder();
  const tokens = { HEARTBEAT_AUTH_TOKENS_FILE: writeTokens(folder, [good, other]) };
  service = await startService(tokens);
  const authority = createAuthority(folder);
  const server = authority.issue('server', {
    commonName: 'localhost',
    alternativeNames: 'IP:127.0.0.1',
  });
  const client = authority.issue('client', { commonName: 'node-1' });
  caFile = authority.caFile;
  certificate = { HEARTBEAT_CERT_FILE: client.certFile, HEARTBEAT_KEY_FILE: client.keyFile };
  tls = await startService({
    ...tokens,
    HEARTBEAT_HTTP_TLS_CERT_FILE: server.certFile,
    HEARTBEAT_HTTP_TLS_KEY_FILE: server.keyFile,
    HEARTBEAT_HTTP_TLS_CLIENT_CA_FILE: caFile,
    HEARTBEAT_AUTH_CERTIFICATES: '[{"name":"nodes","subject":"node-*","scopes":["ingest"]}]',
  });
});

beforeEach(() => {
  receiver.received.length = 0;
});

afterAll(async () => {
  await service.stop();
  await tls.stop();
  await receiver.close();
  await scratch.remove();
});

/** The process list: the arguments of every process of the machine. */
const processList = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

describeShells('a token of the emitter', ['busybox', 'curl', 'wget', 'openssl'], (shell) => {
  const env = async (address: string, more: Record<string, string> = {}) => ({
    ...settings(address),
    HEARTBEAT_INSTANCE: 'i-1',
    HEARTBEAT_STATE_DIR: await scratch.folder(),
    ...more,
  });
  const withClient = async (client: string) => ({
    PATH: await fillPath(await scratch.folder(), [client], 'gnu'),
  });

  it.each(['curl', 'wget'])('is in no process list, with %s', async (client) => {
    const addresses = [
      await env(`${receiver.origin}/hang`, { HEARTBEAT_TOKEN: good.token }),
      await env(`${receiver.origin.replace('//', `//u:${good.token}@`)}/hang`),
      await env(`${receiver.origin}/hang?key=${good.token}`),
    ];
    for (const given of addresses) {
      receiver.received.length = 0;
      const { pid, ended } = startEmitter(shell, {
        ...given,
        ...(await withClient(client)),
        HEARTBEAT_TIMEOUT: '30',
      });
      await until(() => receiver.received.length > 0);
      const list = processList();
      expect(list).toContain(client);
      expect(list).not.toContain(good.token);
      process.kill(pid, 'SIGTERM');
      expect(await ended).toEqual({ exitCode: 1, out: '', err: '' });
      expect(await readdir(given.HEARTBEAT_STATE_DIR)).toEqual([]);
    }
  });

  it.each(['curl', 'wget'])(
    'is a header, from a variable, file or path, with %s',
    async (client) => {
      const file = join(await scratch.folder(), 'token');
      await writeFile(file, `${good.token}\n`);
      const path = await withClient(client);
      for (const given of [
        await env(receiver.origin, { HEARTBEAT_TOKEN: good.token }),
        await env(`${receiver.origin}/beat`, { HEARTBEAT_TOKEN_FILE: file }),
        await env(`${receiver.origin}/beat/${good.token}`),
      ]) {
        const run = await runEmitter(shell, { ...given, ...path });
        expect(run).toEqual({ exitCode: 0, out: '', err: '' });
      }
      expect(receiver.received.map(({ path: to, authorization }) => [to, authorization])).toEqual([
        ['/api/v1/heartbeats', `Bearer ${good.token}`],
        ['/beat', `Bearer ${good.token}`],
        ['/beat', `Bearer ${good.token}`],
      ]);
    },
  );

  it('is not put into a process list by the wget of busybox: the settings are refused', async () => {
    const bin = await fillPath(await scratch.folder(), ['busybox wget'], 'busybox');
    const run = await runEmitter(
      shell,
      await env(receiver.origin, { PATH: bin, HEARTBEAT_TOKEN: good.token }),
    );
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toContain('install curl or GNU wget');
    expect(receiver.received).toEqual([]);
  });

  it('is nowhere in what is printed, whatever the service says', async () => {
    const printed: string[] = [];
    receiver.respond = ({ authorization }) => ({
      status: 401,
      body: JSON.stringify({ detail: `No such token: ${authorization}, ${other.token}.` }),
    });
    for (const given of [
      await env(receiver.origin, { HEARTBEAT_TOKEN: good.token }),
      await env(`${receiver.origin}/beat/${good.token}`),
      await env(`http://127.0.0.1:1/beat/${good.token}`),
      await env(`${receiver.origin}/beat/${good.token} ftp://x`),
      await env(receiver.origin, { HEARTBEAT_TOKEN: `${good.token} x` }),
      await env(receiver.origin, { HEARTBEAT_TOKEN: `${good.token}\r` }),
    ]) {
      for (const args of [[], ['--show'], ['--print'], ['--loop', good.token]]) {
        const { out, err } = await runEmitter(shell, given, { args });
        printed.push(out, err);
      }
    }
    receiver.respond = () => undefined;
    expect(printed.join('')).toContain('No such token: Bearer [token], [token].');
    expect(printed.join('')).not.toContain(good.token.slice(-20));
    expect(printed.join('')).not.toContain(other.token.slice(-20));
  });

  it("brings the service's reason to the owner", async () => {
    const none = await runEmitter(shell, await env(service.url));
    expect(none.err).toMatch(/ answered HTTP 401: .+\n$/);
    const wrong = await runEmitter(shell, await env(service.url, { HEARTBEAT_TOKEN: other.token }));
    expect(wrong.err).toMatch(/ answered HTTP 403: .*Orion.*\n$/);
    const beat = await runEmitter(
      shell,
      await env(`${service.url}/beat`, { HEARTBEAT_TOKEN: other.token }),
    );
    expect(beat.err).toMatch(/ answered HTTP 403: .*Orion.*\n$/);
    const right = await runEmitter(shell, await env(service.url, { HEARTBEAT_TOKEN: good.token }));
    expect(right).toEqual({ exitCode: 0, out: '', err: '' });
  });

  it.each(['curl', 'wget'])('goes over TLS of a private authority, with %s', async (client) => {
    const path = await withClient(client);
    const token = { ...path, HEARTBEAT_TOKEN: good.token };
    const refused = await runEmitter(shell, await env(tls.url, token));
    expect(refused.exitCode).toBe(1);
    expect(refused.err).toMatch(/certificate/i);
    const trusted = { ...path, HEARTBEAT_CA_FILE: caFile };
    const run = await runEmitter(
      shell,
      await env(tls.url, { ...trusted, HEARTBEAT_TOKEN: good.token }),
    );
    expect(run).toEqual({ exitCode: 0, out: '', err: '' });
    const mutual = await runEmitter(shell, await env(tls.url, { ...trusted, ...certificate }));
    expect(mutual).toEqual({ exitCode: 0, out: '', err: '' });
  });

  it.each([
    [{ HEARTBEAT_TOKEN_FILE: '/nonexistent/token' }, 'HEARTBEAT_TOKEN_FILE'],
    [{ HEARTBEAT_TOKEN_FILE: '/dev/null' }, 'HEARTBEAT_TOKEN_FILE'],
    [{ HEARTBEAT_TOKEN: 'a b' }, 'HEARTBEAT_TOKEN'],
    [{ HEARTBEAT_TOKEN: 'a"b' }, 'HEARTBEAT_TOKEN'],
    [{ HEARTBEAT_CA_FILE: '/nonexistent/ca.pem' }, 'HEARTBEAT_CA_FILE'],
    [{ HEARTBEAT_CERT_FILE: '/etc/hostname' }, 'HEARTBEAT_CERT_FILE and HEARTBEAT_KEY_FILE'],
  ])('is checked: %j', async (more, name) => {
    const run = await runEmitter(shell, await env(receiver.origin, { ...more }));
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(new RegExp(`^GE_Heartbeat\\.sh: ${name}.*\\n$`));
  });
});
