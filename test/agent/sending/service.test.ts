import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentHeartbeat } from '../../../service/agent/heartbeat.ts';
import { sendInTurn } from '../../../service/agent/sending/sender.ts';
import { createServiceSender } from '../../../service/agent/sending/service.ts';
import { Secret } from '../../../service/contract/values/secret.ts';
import { createAuthority } from '../../support/certificates.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freePort, startTestServer, type TestServer } from '../../support/test-server.ts';
import { startTlsServer } from '../probes/tls-server.ts';

const clock = createFakeClock(1_000_000);
const heartbeats: AgentHeartbeat[] = ['a', 'b'].map((instance) => ({
  name: 'Orion',
  version: '3',
  instance,
  timestamp: 5,
  interval: 30,
}));
const { signal } = new AbortController();

let server: TestServer;
let rejections: string[];
beforeEach(async () => {
  server = await startTestServer();
  rejections = [];
});
afterEach(() => server.stop());

type Options = Parameters<typeof createServiceSender>[0];
const sender = (options: Partial<Options> = {}) =>
  createServiceSender({
    url: server.url,
    token: { kind: 'none' },
    timeoutMs: 5_000,
    tls: {},
    clock,
    onRejected: ({ instance }, reason) => rejections.push(`${instance}: ${reason}`),
    ...options,
  });

const json = (status: number, body: object) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const rejected = [{ index: 1, errors: [{ path: '$[1].name', expected: 'a name', got: '""' }] }];

describe('createServiceSender', () => {
  it('sends a batch as NDJSON with the time of sending, and the token', async () => {
    server.react(json(202, { accepted: 2, rejected: [] }));
    const token = { kind: 'text', token: new Secret('hb_a') } as const;
    const one = sender({ token, url: `${server.url}/monitor/` });
    expect(await one.send(heartbeats, signal)).toEqual({ kind: 'delivered' });
    const [request] = server.received;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/monitor/api/v1/heartbeats',
      headers: { authorization: 'Bearer hb_a' },
    });
    const lines = request?.body.split('\n').map((line) => JSON.parse(line));
    expect(lines).toEqual(heartbeats.map((heartbeat) => ({ ...heartbeat, sentAt: 1_000_000 })));
    await one.close();
  });

  it('reads the token from its file for each request', async () => {
    const file = join(temporaryFolder(), 'token');
    const one = sender({ token: { kind: 'file', file } });
    expect(await one.send(heartbeats, signal)).toMatchObject({
      kind: 'retry',
      reason: 'unauthenticated',
    });
    for (const token of ['first', 'second']) {
      writeFileSync(file, `${token}\n`);
      expect(await one.send(heartbeats, signal)).toEqual({ kind: 'delivered' });
    }
    const sent = server.received.map(({ headers }) => headers.authorization);
    expect(sent).toEqual(['Bearer first', 'Bearer second']);
  });

  it('reports the heartbeats that the service rejects while it accepts others', async () => {
    server.react(json(202, { accepted: 1, rejected }));
    expect(await sender().send(heartbeats, signal)).toEqual({ kind: 'delivered' });
    expect(rejections).toEqual(['b: $[1].name: expected a name; got ""']);
  });

  it.each([
    [
      'all heartbeats are invalid',
      json(400, { code: 'heartbeats-rejected', rejected }),
      { kind: 'rejected' },
    ],
    [
      'the token may not send them',
      json(403, { code: 'forbidden', rejected }),
      { kind: 'rejected' },
    ],
    [
      'the token lacks the scope',
      json(403, { code: 'forbidden' }),
      { kind: 'retry', reason: 'forbidden' },
    ],
    ['the token is unknown', json(401, {}), { kind: 'retry', reason: 'unauthenticated' }],
    ['the body is too long', json(413, {}), { kind: 'rejected' }],
    [
      'the outbox is full',
      { status: 503, headers: { 'retry-after': '5' } },
      { kind: 'retry', reason: 'throttled', afterMs: 5_000 },
    ],
    ['it is another server', { status: 404 }, { kind: 'retry', reason: 'unexpected-answer' }],
    ['it hangs up', 'cut', { kind: 'retry', reason: 'unreachable' }],
    ['it hangs', 'hang', { kind: 'retry', reason: 'timeout' }],
    ['it speaks no HTTP', 'babble', { kind: 'retry', reason: 'unexpected-answer' }],
    ['its body never ends', { status: 202, unfinished: 'dripping' }, { kind: 'delivered' }],
  ] as const)('when %s', async (_, reaction, expected) => {
    server.react(reaction);
    expect(await sender({ timeoutMs: 300 }).send(heartbeats, signal)).toMatchObject(expected);
  });

  it('sends over TLS with a client certificate', async () => {
    const authority = createAuthority(temporaryFolder());
    const { certFile, keyFile } = authority.issue('agent', { commonName: 'agent-1' });
    const tls = await startTlsServer(authority, { requestCert: true });
    const url = `https://localhost:${tls.port}`;
    const [cert, key] = [certFile, keyFile].map((file) => readFileSync(file, 'utf8'));
    const one = sender({ url, tls: { ca: tls.ca, cert: cert ?? '', key: key ?? '' } });
    expect(await one.send(heartbeats, signal)).toEqual({ kind: 'delivered' });
    expect(tls.clients).toEqual(['agent-1']);
    const without = await sender({ url, tls: { ca: tls.ca } }).send(heartbeats, signal);
    expect(without).toMatchObject({ kind: 'retry', reason: 'unreachable' });
    await one.close();
    await tls.stop();
  });
});

describe('sendInTurn', () => {
  it('tries the next address, and begins with the one that responded last', async () => {
    const absent = sender({ url: `http://127.0.0.1:${await freePort()}` });
    let attempts = 0;
    const counted: typeof absent = {
      ...absent,
      send: (batch, aborted) => {
        attempts += 1;
        return absent.send(batch, aborted);
      },
    };
    const both = sendInTurn([counted, sender()]);
    expect(await both.send(heartbeats, signal)).toEqual({ kind: 'delivered' });
    expect(await both.send(heartbeats, signal)).toEqual({ kind: 'delivered' });
    expect([attempts, server.received.length]).toEqual([1, 2]);
    server.react({ status: 500 });
    expect(await both.send(heartbeats, signal)).toMatchObject({ kind: 'retry' });
    expect([attempts, server.received.length]).toEqual([2, 3]);
    await both.close();
  });
});
