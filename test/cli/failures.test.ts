import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../support/cli.ts';
import { startService } from '../support/service.ts';
import { freePort } from '../support/test-server.ts';

let servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

/** A server that answers every request so. */
async function answering(status: number, body: string, type = 'application/problem+json') {
  const server: Server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
  return listening(server);
}

function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

const problem = (status: number, code: string, detail: string) =>
  answering(
    status,
    JSON.stringify({ type: 'about:blank', title: 'Problem', status, code, detail }),
  );

const ask = (url: string, ...more: string[]) => runCli(['instances', '--url', url, ...more]);

describe('ge-heartbeat, when the service cannot be asked', () => {
  it('says that nothing listens, and where', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await ask(url)).toEqual({
      code: 69,
      out: '',
      err: `Nothing listens at ${url}.\nIs the service running, and is that its address? Set --url or HEARTBEAT_URL.\n`,
    });
  });

  it.each([
    ['what is no address', 'localhost:8080', 64, 'not the address of a service'],
    ['a name that is not known', 'http://nowhere.invalid', 69, 'not known'],
    ['another protocol', 'ftp://localhost', 64, 'Expected one such as http://'],
  ])('refuses %s', async (_, url, code, said) => {
    expect(await ask(url)).toEqual({ code, out: '', err: expect.stringContaining(said) });
  });

  it('notices TLS where none is, and none where it should be', async () => {
    const url = await answering(200, '{}', 'application/json');
    const { code, err } = await ask(url.replace('http:', 'https:'));
    expect({ code, err }).toEqual({ code: 76, err: expect.stringContaining('http://') });
  });

  it('waits no longer than it is told', async () => {
    const url = await listening(createTcpServer(() => undefined));
    const { code, err } = await ask(url, '--timeout', '1');
    expect({ code, err }).toEqual({ code: 69, err: expect.stringContaining('within 1 s') });
  });

  it('says which file with certificates cannot be read', async () => {
    const { code, err } = await ask('https://127.0.0.1:1', '--ca', '/nonexistent.pem');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringMatching('--ca: .*nonexistent') });
  });
});

describe('ge-heartbeat, when the service says no', () => {
  it.each([
    [401, 'unauthenticated', 77, '--token or HEARTBEAT_TOKEN'],
    [403, 'forbidden', 77, 'another token'],
    [404, 'not-found', 1, 'Because.'],
    [400, 'invalid-parameter', 64, 'Because.'],
    [429, 'rate-limited', 69, 'Try again'],
    [503, 'store-unavailable', 69, 'Try again'],
    [500, 'internal-error', 1, 'Because.'],
  ])('turns %d %s into exit code %d', async (status, name, code, said) => {
    const { err, ...ended } = await ask(await problem(status, name, 'Because.'));
    expect(ended).toEqual({ code, out: '' });
    expect(err).toMatch(/^Because\.\n/);
    expect(err).toContain(said);
  });

  it('shows nothing of it to the terminal that the terminal would obey', async () => {
    const { err } = await ask(
      await problem(404, 'not-found', 'a\u001b]0;title\u0007\u009b2Jb\u202e'),
    );
    expect(err).toBe('a\\u001b]0;title\\u0007\\u009b2Jb\\u202e\n');
  });
});

describe('ge-heartbeat, when something else answers', () => {
  it.each([
    ['a page', 200, '<html>', 'text/html'],
    ['an error page', 404, '<html>', 'text/html'],
    ['other JSON', 200, '{"instances":[{"id":1}]}', 'application/json'],
  ])('says so of %s', async (_, status, body, type) => {
    const { code, err } = await ask(await answering(status, body, type));
    expect({ code, err }).toEqual({ code: 76, err: expect.stringMatching('address of') });
  });

  it.each([
    ['a list', ['instances']],
    ['a stream', ['events', '--follow']],
    ['what has no answer', ['retire', 'Orion', '1', 'o-1']],
  ])('does not take an empty page for %s, nor waits for more of it', async (_, command) => {
    for (const page of ['', '<html>']) {
      const url = await answering(200, page, 'text/html');
      const { code, err } = await runCli([...command, '--url', url]);
      expect({ code, err }).toEqual({ code: 76, err: expect.stringMatching('address of') });
    }
  });

  it('says that a proxy without a service behind it may help later', async () => {
    expect((await ask(await answering(502, 'Bad Gateway', 'text/plain'))).code).toBe(69);
  });

  it('names both versions when the service does not know what is asked for', async () => {
    const service = await startService();
    const url = `${service.url}/elsewhere`;
    const { code, err } = await ask(url);
    expect({ code, err }).toEqual({ code: 76, err: expect.stringContaining('does not know') });
    await service.stop();
  });
});

describe('ge-heartbeat, when it is used wrongly', () => {
  it.each([
    [['instances', '--limit', '0'], 'whole number'],
    [['instances', '--format', 'xml'], 'Allowed choices'],
    [['instances', '--timeout', 'x'], '1 to 3600'],
    [['instances', '--nothing'], 'unknown option'],
    [['silence', 'add', '--reason', 'x', '--for', '1h'], 'Whom?'],
    [['silence', 'add', '--reason', 'x', '--name', 'y'], 'How long?'],
    [['silence', 'add', '--reason', 'x', '--name', 'y', '--for', '1 hour'], 'such as 90s'],
    [['params', 'set', 'x'], 'name=value'],
    [['send', 'a', 'b'], 'missing required argument'],
    [['send', 'a', 'b', 'c', '--meta', 'x'], 'key=value'],
    [['complete', 'tcsh'], 'Allowed choices'],
  ])('says of %j what was expected', async (args, said) => {
    const { code, out, err } = await runCli(args);
    expect({ code, out, err }).toEqual({ code: 64, out: '', err: expect.stringContaining(said) });
  });
});
