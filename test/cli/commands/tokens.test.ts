import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { createAuthority } from '../../support/certificates.ts';
import { runCli } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';
import { startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function newToken(...args: string[]): Promise<{ token: string; entry: { hash: string } }> {
  return JSON.parse((await runCli(['token', 'new', '--json', ...args])).out);
}

describe('ge-heartbeat token', () => {
  it('creates a token and its entry, which authorizes the client for its scopes', async () => {
    const { token, entry } = await newToken('--name', 'analyst', '--scopes', 'read,admin');
    const service = await startService({ HEARTBEAT_AUTH_TOKENS: JSON.stringify([entry]) });
    const run = (env: Record<string, string>, ...args: string[]) =>
      runCli([...args, '--url', service.url], env);
    const known = { HEARTBEAT_TOKEN: token };

    expect((await run(known, 'instances')).out).toBe('[]\n');
    expect(JSON.parse((await run(known, 'token', 'list')).out)).toMatchObject([
      { name: 'analyst', scopes: ['read', 'admin'], isExpired: false },
    ]);
    const refused = await run(known, 'send', 'Orion', '1.0', 'o-1');
    expect(refused).toMatchObject({ code: 77, err: expect.stringContaining('another token') });
    const unknown = await run({}, 'instances');
    expect(unknown).toMatchObject({ code: 77, err: expect.stringContaining('HEARTBEAT_TOKEN') });
    const withLineEnd = await run({ HEARTBEAT_TOKEN: `${token}\n` }, 'instances');
    expect(withLineEnd.code).toBe(0);
    const odd = await run({ HEARTBEAT_TOKEN: 'a\nb' }, 'instances');
    expect(odd).toMatchObject({ code: 64, err: expect.stringContaining('no token') });
    const empty = await run({ HEARTBEAT_TOKEN: '' }, 'instances');
    expect(empty.err).toBe(unknown.err);
    await service.stop();
  });

  it('prints the entry for the configuration', async () => {
    const args = ['--name', 'orion', '--scopes', 'ingest', '--components', 'Orion*,Cygnus'];
    const { out } = await runCli(['token', 'new', ...args, '--expires', '2035-01-31']);
    const [, token = ''] = /^ {2}(hb_\S+)$/m.exec(out) ?? [];
    const hash = (await runCli(['token', 'hash'], {}, `${token}\n`)).out.trim();
    expect(parse(out.slice(out.indexOf('  - name')))).toEqual([
      {
        name: 'orion',
        hash,
        scopes: ['ingest'],
        components: ['Orion*', 'Cygnus'],
        expiresAt: '2035-01-31',
      },
    ]);
  });

  it('reports an invalid entry and an invalid token', async () => {
    const args = ['--name', 'a b', '--scopes', 'everything', '--expires', 'never'];
    const { code, out, err } = await runCli(['token', 'new', ...args]);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toMatch(/^--name: .*\n--scopes: .*\n--expires: .*\n$/);
    const hashed = await runCli(['token', 'hash'], {}, 'password\n');
    expect(hashed).toMatchObject({ code: 64, out: '', err: expect.stringContaining('no token') });
  });
});

describeWith(['openssl'], 'ge-heartbeat over TLS', () => {
  it('trusts the authority of --ca, and sends its client certificate', async () => {
    const folder = temporaryFolder();
    const authority = createAuthority(folder);
    const own = authority.issue('service', {
      commonName: 'localhost',
      alternativeNames: 'IP:127.0.0.1',
    });
    const ops = authority.issue('ops', { commonName: 'ops' });
    const config = join(folder, 'config.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        http: { tls: { ...own, clientCaFile: authority.caFile } },
        auth: { certificates: [{ name: 'ops', subject: 'ops', scopes: ['read'] }] },
      }),
    );
    const service = await startService({ HEARTBEAT_CONFIG: config });
    const run = (...args: string[]) => runCli(['instances', '--url', service.url, ...args]);

    const doubted = await run();
    expect(doubted).toMatchObject({ code: 69, err: expect.stringContaining('--ca') });
    const stranger = await run('--ca', authority.caFile);
    expect(stranger.code).toBe(77);
    const files = ['--cert', ops.certFile, '--key', ops.keyFile];
    expect(await run('--ca', authority.caFile, ...files)).toMatchObject({ code: 0, out: '[]\n' });
    const plain = await runCli(['instances', '--url', service.url.replace('https', 'http')]);
    expect(plain.code).toBe(69);
    await service.stop();
  });
});
