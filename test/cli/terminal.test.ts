import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runCli, runOnTerminal, startOnTerminal } from '../support/cli.ts';
import { describeWith } from '../support/programs.ts';

const at = '2026-01-31T12:00:00.000Z';

/** A row of a hostile service, with control characters that harm a terminal. */
const hostile = {
  name: '\u001b]0;title\u0007Orion',
  version: '\u009b31m1',
  instance: `${'long-'.repeat(40)}\r\n\u202e`,
  state: 'down',
  stateSince: at,
  lastBeat: at,
  ageSeconds: 3_700,
  lateSeconds: 1,
  downSeconds: 2,
  firstSeen: at,
  '\u001b[2J': '\u001b[2J',
};
function* endless(): Generator<string> {
  for (;;) yield `${JSON.stringify(hostile)}\n`;
}

const server = createServer((request, response) => {
  if (request.headers.accept === 'application/x-ndjson') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    Readable.from(endless()).pipe(response);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  const limit = Number(new URL(request.url ?? '', 'http://x').searchParams.get('limit'));
  response.end(
    JSON.stringify({ instances: Array.from({ length: limit }, () => hostile), next: 'a' }),
  );
});

let env: Record<string, string>;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  env = { HEARTBEAT_URL: `http://127.0.0.1:${port}` };
});
afterAll(() => void server.close());

const args = ['instances', '--limit', '2'];
const obeyed = /(?!\r\n)[\p{Cc}\p{Cf}]/u;

describeWith(['script', 'stty'], 'ge-heartbeat on a terminal', () => {
  it.each([50, 80, 200])('prints a table that fits %d columns', async (columns) => {
    const { code, out } = await runOnTerminal(args, env, columns);
    const lines = stripVTControlCharacters(out).trimEnd().split('\r\n');
    expect(code).toBe(0);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^NAME/);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
  });

  it('colours states, and escapes control characters from the network', async () => {
    const { out } = await runOnTerminal(args, env);
    expect(out).toContain('\u001b[31mdown\u001b[39m');
    expect(stripVTControlCharacters(out).replaceAll('\r\n', '')).not.toMatch(obeyed);
    expect(out).not.toContain('\u001b]');
  });

  it('has no colours with NO_COLOR, and has them outside a terminal with FORCE_COLOR', async () => {
    const plain = await runOnTerminal(args, { ...env, NO_COLOR: '1' });
    expect(plain.out.replaceAll('\r\n', '')).not.toMatch(obeyed);
    const table = [...args, '--format', 'table'];
    expect((await runCli(table, env)).out).not.toContain('\u001b');
    expect((await runCli(table, { ...env, FORCE_COLOR: '1' })).out).toContain('\u001b[31m');
  });

  it.each(['json', 'ndjson', 'csv'])('escapes control characters in %s too', async (format) => {
    const { out } = await runOnTerminal([...args, '--format', format], env);
    expect(out.replaceAll('\r\n', '')).not.toMatch(obeyed);
  });

  it('prints ASCII to a terminal that displays nothing else', async () => {
    const { out } = await runOnTerminal(args, { ...env, LANG: 'C', NO_COLOR: '1' }, 60);
    expect(out).toMatch(/^[\x20-\x7e\r\n]+$/);
  });

  it('ends silently at Ctrl-C', async () => {
    const endless = startOnTerminal(['instances', '--format', 'ndjson'], env);
    while (endless.out().length < 10_000) await new Promise((resolve) => setTimeout(resolve, 20));
    endless.type('\u0003');
    const { code, out, err } = await endless.done;
    expect({ code, err }).toEqual({ code: 130, err: '' });
    expect(out.slice(-300)).not.toMatch(/Error|at .*\.ts/);
  });
});

describeWith(['head', 'sh'], 'ge-heartbeat in a pipe', () => {
  it('reports a full disk', async () => {
    const command = `'${process.execPath}' service/cli.ts instances --limit 1 > /dev/full`;
    const failed = promisify(execFile)('sh', ['-c', command], { env });
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The output cannot be written: ENOSPC.*\n$/),
    });
  });

  it('ends silently if its output is not read', async () => {
    const command = `'${process.execPath}' service/cli.ts instances --format csv | head -n 3`;
    const options = { env: { ...env, PATH: process.env['PATH'] } };
    const { stdout: out, stderr: err } = await promisify(execFile)('sh', ['-c', command], options);
    expect(out.split('\n')).toHaveLength(4);
    expect(err.trim()).toBe('');
  });
});
