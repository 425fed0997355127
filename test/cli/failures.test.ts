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

/** Starts a server that sends the same response to every request. */
async function respondingWith(status: number, body: string, type = 'application/problem+json') {
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
  respondingWith(
    status,
    JSON.stringify({ type: 'about:blank', title: 'Problem', status, code, detail }),
  );

const run = (url: string, ...more: string[]) => runCli(['instances', '--url', url, ...more]);

describe('ge-heartbeat without a connection', () => {
  it('reports that nothing listens at the address', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await run(url)).toEqual({
      code: 69,
      out: '',
      err: `Nothing listens at ${url}.\nIs the service running, and is that its address? Set --url or HEARTBEAT_URL.\n`,
    });
  });

  it.each([
    ['an invalid address', 'localhost:8080', 64, 'not the address of a service'],
    ['an unknown host name', 'http://nowhere.invalid', 69, 'not known'],
    ['another protocol', 'ftp://localhost', 64, 'Expected one such as http://'],
  ])('refuses %s', async (_, url, code, said) => {
    expect(await run(url)).toEqual({ code, out: '', err: expect.stringContaining(said) });
  });

  it('detects a service without TLS', async () => {
    const url = await respondingWith(200, '{}', 'application/json');
    const { code, err } = await run(url.replace('http:', 'https:'));
    expect({ code, err }).toEqual({ code: 76, err: expect.stringContaining('http://') });
  });

  it('waits no longer than the timeout', async () => {
    const url = await listening(createTcpServer(() => undefined));
    const { code, err } = await run(url, '--timeout', '1');
    expect({ code, err }).toEqual({ code: 69, err: expect.stringContaining('within 1 s') });
  });

  it('reports a file with certificates that cannot be read', async () => {
    const { code, err } = await run('https://127.0.0.1:1', '--ca', '/nonexistent.pem');
    expect({ code, err }).toEqual({ code: 64, err: expect.stringMatching('--ca: .*nonexistent') });
  });
});

describe('ge-heartbeat with an error response', () => {
  it.each([
    [401, 'unauthenticated', 77, '--token or HEARTBEAT_TOKEN'],
    [403, 'forbidden', 77, 'another token'],
    [404, 'not-found', 1, 'Because.'],
    [400, 'invalid-parameter', 64, 'Because.'],
    [429, 'rate-limited', 69, 'Try again'],
    [503, 'store-unavailable', 69, 'Try again'],
    [500, 'internal-error', 1, 'Because.'],
  ])('turns %d %s into exit code %d', async (status, name, code, said) => {
    const { err, ...ended } = await run(await problem(status, name, 'Because.'));
    expect(ended).toEqual({ code, out: '' });
    expect(err).toMatch(/^Because\.\n/);
    expect(err).toContain(said);
  });

  it('escapes control characters', async () => {
    const { err } = await run(
      await problem(404, 'not-found', 'a\u001b]0;title\u0007\u009b2Jb\u202e'),
    );
    expect(err).toBe('a\\u001b]0;title\\u0007\\u009b2Jb\\u202e\n');
  });
});

describe('ge-heartbeat with a response of another program', () => {
  it.each([
    ['a page', 200, '<html>', 'text/html'],
    ['an error page', 404, '<html>', 'text/html'],
    ['other JSON', 200, '{"instances":[{"id":1}]}', 'application/json'],
  ])('reports %s', async (_, status, body, type) => {
    const { code, err } = await run(await respondingWith(status, body, type));
    expect({ code, err }).toEqual({ code: 76, err: expect.stringMatching('address of') });
  });

  it.each([
    ['a list', ['instances']],
    ['a stream', ['events', '--follow']],
    ['a request without a response body', ['retire', 'Orion', '1', 'o-1']],
  ])('does not accept an empty page as %s', async (_, command) => {
    for (const page of ['', '<html>']) {
      const url = await respondingWith(200, page, 'text/html');
      const { code, err } = await runCli([...command, '--url', url]);
      expect({ code, err }).toEqual({ code: 76, err: expect.stringMatching('address of') });
    }
  });

  it('reports a proxy without a service behind it as unavailable', async () => {
    expect((await run(await respondingWith(502, 'Bad Gateway', 'text/plain'))).code).toBe(69);
  });

  it('names both versions if the service does not know the operation', async () => {
    const service = await startService();
    const url = `${service.url}/elsewhere`;
    const { code, err } = await run(url);
    expect({ code, err }).toEqual({ code: 76, err: expect.stringContaining('does not know') });
    await service.stop();
  });
});

describe('ge-heartbeat with an invalid command line', () => {
  it.each([
    [['instances', '--limit', '0'], 'whole number'],
    [['instances', '--format', 'xml'], 'Allowed choices'],
    [['instances', '--timeout', 'x'], '1 to 3600'],
    [['instances', '--nothing'], 'unknown option'],
    [['silence', 'add', '--reason', 'x', '--for', '1h'], 'Which instances?'],
    [['silence', 'add', '--reason', 'x', '--name', 'y'], 'How long?'],
    [['silence', 'add', '--reason', 'x', '--name', 'y', '--for', '1 hour'], 'such as 90s'],
    [['params', 'set', 'x'], 'name=value'],
    [['send', 'a', 'b'], 'missing required argument'],
    [['send', 'a', 'b', 'c', '--meta', 'x'], 'key=value'],
    [['complete', 'tcsh'], 'Allowed choices'],
  ])('reports for %j what is expected', async (args, said) => {
    const { code, out, err } = await runCli(args);
    expect({ code, out, err }).toEqual({ code: 64, out: '', err: expect.stringContaining(said) });
  });
});
