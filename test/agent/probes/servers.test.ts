import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpProbe } from '../../../service/agent/probes/http.ts';
import { createPattern } from '../../../service/agent/probes/pattern.ts';
import { type Probe, runProbe } from '../../../service/agent/probes/probe.ts';
import { createTcpProbe } from '../../../service/agent/probes/tcp.ts';
import { createAuthority } from '../../support/certificates.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freePort, portOf, startTestServer, type TestServer } from '../../support/test-server.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const run = (probe: Probe, timeoutMs = 5_000) =>
  runProbe(probe, { timeoutMs, late: 'not_ok', signal: new AbortController().signal });

const ok = { kind: 'ok' };
const notOk = (text: string) => ({ kind: 'not_ok', message: expect.stringContaining(text) });
const unknown = (text: string) => ({ kind: 'unknown', message: expect.stringContaining(text) });

describe('createTcpProbe', () => {
  it('is OK while a server accepts connections', async () => {
    const server = net.createServer((socket) => socket.on('error', () => undefined));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const probe = createTcpProbe({ host: 'localhost', port: portOf(server) });
    expect(await run(probe)).toEqual(ok);
    server.close();
    expect(await run(probe)).toEqual(notOk('ECONNREFUSED'));
  });

  it('is not OK for a name that does not exist, and for a host that does not respond', async () => {
    const absent = createTcpProbe({ host: 'nowhere.invalid', port: 1 });
    expect(['not_ok', 'unknown']).toContain((await run(absent)).kind);
    // Of TEST-NET-1: packets are dropped or rejected, depending on the network.
    const silent = await run(createTcpProbe({ host: '192.0.2.1', port: 9 }), 200);
    expect(['not_ok', 'unknown']).toContain(silent.kind);
  });

  it('is unknown for a port that cannot exist', async () => {
    const probe = createTcpProbe({ host: '127.0.0.1', port: 70_000 });
    expect(await run(probe)).toEqual(unknown('70000'));
  });
});

describe('createHttpProbe', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  let tls: TlsServer | undefined;
  afterEach(async () => {
    await server.stop();
    await tls?.stop();
    tls = undefined;
  });

  const probe = (options: Partial<Parameters<typeof createHttpProbe>[0]> = {}) =>
    createHttpProbe({ url: server.url, method: 'GET', ...options });

  it('is OK for a 2xx, or for the given statuses', async () => {
    expect(await run(probe())).toEqual(ok);
    server.react({ status: 302, headers: { location: '/elsewhere' } });
    expect(await run(probe())).toEqual(notOk('status 302'));
    expect(await run(probe({ statuses: [302, 401] }))).toEqual(ok);
    server.react({ status: 503, body: 'starting' });
    expect(await run(probe())).toEqual(notOk('status 503'));
  });

  it('matches the body', async () => {
    const body = createPattern('"status":\\s*"(?i:UP)"');
    server.react({ status: 200, body: '{"status": "up"}' });
    expect(await run(probe({ body }))).toEqual(ok);
    server.react({ status: 200, body: '{"status": "down"}' });
    expect(await run(probe({ body }))).toEqual(notOk('does not match'));
    server.react({ status: 200, unfinished: 'cut short' });
    expect(await run(probe({ body }))).toEqual(notOk('cut short'));
    server.react({ status: 200, unfinished: 'of 20 MB' });
    expect(await run(probe({ body: createPattern('^x+$') }))).toEqual(ok);
  });

  it('is not OK for a server that hangs, hangs up or speaks no HTTP', async () => {
    const before = openSockets(process.pid);
    server.react('hang');
    expect(await run(probe(), 200)).toEqual(notOk('no result within 0.2 s'));
    server.react('cut');
    expect(await run(probe())).toEqual(notOk('ECONNRESET'));
    server.react('babble');
    expect(await run(probe())).toEqual(notOk('HPE_'));
    server.react({ status: 200, unfinished: 'dripping' });
    expect(await run(probe({ body: createPattern('a') }), 200)).toEqual(notOk('no result'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(openSockets(process.pid)).toBeLessThanOrEqual(before + 1);
    const refused = createHttpProbe({ url: `http://127.0.0.1:${await freePort()}`, method: 'GET' });
    expect(await run(refused)).toEqual(notOk('ECONNREFUSED'));
  });

  it('trusts the given authority, and is not OK without it', async () => {
    const authority = createAuthority(temporaryFolder());
    tls = await startTlsServer(authority);
    const options = { url: `https://localhost:${tls.port}/`, method: 'HEAD' } as const;
    expect(await run(createHttpProbe({ ...options, ca: tls.ca }))).toEqual(ok);
    expect(await run(createHttpProbe(options))).toEqual(notOk('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
  });
});
