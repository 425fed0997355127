import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { createAuthority } from '../support/certificates.ts';
import { readDocument } from '../support/documents.ts';
import { someEvents } from '../support/events.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { describeWith } from '../support/programs.ts';
import { type RedisServer, redisPrograms, startRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';
import { kindOf, noAbort, openSinks } from './fixture.ts';

const beats = someHeartbeats(3);

describeWith([...redisPrograms, 'openssl'], 'RedisConnection', () => {
  const opened: { close(): void }[] = [];
  const servers: RedisServer[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) one.close();
    for (const one of servers.splice(0)) await one.stop();
  });

  async function start(...settings: Parameters<typeof startRedis>): Promise<RedisServer> {
    const server = await startRedis(...settings);
    servers.push(server);
    return server;
  }
  const open = (...settings: Parameters<typeof openSinks>) => {
    const sinks = openSinks(...settings);
    opened.push(sinks);
    return {
      ...sinks,
      send: async (signal = noAbort) => kindOf(await sinks.heartbeats(beats, signal)),
    };
  };

  it('waits while nothing listens, and delivers when Redis is there', async () => {
    const redis = await start();
    const { send } = open({ url: redis.url });
    await redis.kill();
    expect(await send()).toBe('retry: unreachable');
    expect(await send()).toBe('retry: unreachable');
    await redis.restart();
    expect(await send()).toBe('delivered');
    await redis.kill();
    expect(await send()).toBe('retry: unreachable');
    await redis.restart();
    expect(await send()).toBe('delivered');
  });

  it('delivers at once after Redis has closed an idle connection', async () => {
    const redis = await start();
    const { send } = open({ url: redis.url });
    await send();
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await delay(100);
    expect(await send()).toBe('delivered');
  });

  it('gives up on a Redis that hangs, and goes on over a new connection', async () => {
    const redis = await start();
    const { send } = open({ url: redis.url, timeoutSeconds: 1 });
    expect(await send()).toBe('delivered');
    redis.freeze();
    expect(await send()).toBe('retry: timeout');
    expect(await send()).toBe('retry: timeout');
    redis.thaw();
    expect(await send()).toBe('delivered');
  });

  it('ends a call at once when its signal aborts', async () => {
    const redis = await start();
    const { send } = open({ url: redis.url });
    await send();
    redis.freeze();
    const begun = performance.now();
    expect(await send(AbortSignal.timeout(100))).toBe('retry: aborted');
    expect(performance.now() - begun).toBeLessThan(2_000);
    redis.thaw();
  });

  it('goes on when the scripts were removed from Redis', async () => {
    const redis = await start();
    const { send } = open({ url: redis.url });
    await send();
    await redis.command('SCRIPT', 'FLUSH');
    expect(await send()).toBe('retry: server-error');
    expect(await send()).toBe('delivered');
  });

  it('logs in with a password, or with a user name and a password', async () => {
    const password = 'pass word/@:?#';
    const redis = await start({
      options: [...['--requirepass', password], ...['--user', 'ge', 'on', '>other', '~*', '+@all']],
      login: { password },
    });
    expect(await open({ url: redis.url, password }).send()).toBe('delivered');
    const named = { url: redis.url, username: 'ge', password: 'other' };
    expect(await open(named).send()).toBe('delivered');
    expect(await open({ ...named, password: 'wrong' }).send()).toBe('retry: unauthenticated');
    expect(await open({ url: redis.url }).send()).toBe('retry: unauthenticated');
  });

  it('waits for a permission that its user lacks, and needs no more than those in the guide', async () => {
    const [, rule = ''] = /ACL SETUSER (.*)/.exec(readDocument('docs/guides/redis.md')) ?? [];
    const redis = await start();
    await redis.command('ACL', 'SETUSER', ...rule.split(' '));
    const login = { url: redis.url, username: 'heartbeat', password: 'change-me' };
    expect(await open(login).send()).toBe('retry: forbidden');
    const { send, changes } = open({ ...login, prefix: 'heartbeat:' });
    expect(await send()).toBe('delivered');
    expect(kindOf(await changes(someEvents(2), noAbort))).toBe('delivered');
  });

  it('uses the database of the address, and no other if there is none', async () => {
    const redis = await start();
    expect(await open({ url: `${redis.url}/3` }).send()).toBe('delivered');
    expect(await open({ url: `${redis.url}/99` }).send()).toBe('retry: unexpected-answer');
    expect(await redis.keys()).toEqual([]);
  });

  it('waits while Redis has no memory', async () => {
    const redis = await start({ options: ['--maxmemory', '1'] });
    expect(await open({ url: redis.url }).send()).toBe('retry: server-error');
  });

  it('verifies the certificate of Redis, and presents its own', async () => {
    const folder = temporaryFolder();
    const authority = createAuthority(folder);
    const server = authority.issue('server', {
      commonName: 'redis',
      alternativeNames: 'IP:127.0.0.1',
    });
    const { certFile, keyFile } = authority.issue('client', { commonName: 'heartbeat' });
    const tlsPort = await freePort();
    await start({
      options: [
        ...['--tls-port', String(tlsPort), '--tls-ca-cert-file', authority.caFile],
        ...['--tls-cert-file', server.certFile, '--tls-key-file', server.keyFile],
      ],
    });
    const url = `rediss://127.0.0.1:${tlsPort}`;
    const { caFile } = authority;
    expect(await open({ url, caFile, certFile, keyFile }).send()).toBe('delivered');
    expect(await open({ url, insecure: true, certFile, keyFile }).send()).toBe('delivered');
    expect(await open({ url, caFile }).send()).toBe('retry: unreachable');
    expect(await open({ url, certFile, keyFile }).send()).toBe('retry: unreachable');
  });

  it('does not take another certificate for that of the service', () => {
    const folder = temporaryFolder();
    const authority = createAuthority(folder);
    const one = authority.issue('one', { commonName: 'one' });
    const other = authority.issue('other', { commonName: 'other' });
    const text = join(folder, 'text');
    writeFileSync(text, 'no key');
    const settings = { url: 'rediss://127.0.0.1:1', certFile: one.certFile };
    expect(() => openSinks({ ...settings, keyFile: other.keyFile })).toThrow(/the key of/);
    expect(() => openSinks({ ...settings, keyFile: text })).toThrow(/private key/);
    expect(() => openSinks(settings)).toThrow(/the key of certFile/);
  });
});
