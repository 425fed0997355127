import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { readDocument } from '../support/documents.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { findProgram } from '../support/programs.ts';
import { type LocalService, startService } from '../support/service.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const inReference = [...readDocument('docs/reference/cli.md').matchAll(/^ {2}\$ (.*)$/gm)];
const inReadme = [...readDocument('README.md').matchAll(/^npx (ge-heartbeat (?!config).*)$/gm)];
const examples = [...new Set([...inReference, ...inReadme].map(([, line = '']) => line))];

const folder = mkdtempSync(join(tmpdir(), 'examples-'));
let mock: Mock;
let server: TestServer;
let service: LocalService;
beforeAll(async () => {
  const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));
  const command = join(folder, 'ge-heartbeat');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
  chmodSync(command, 0o755);
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  server = await startTestServer();
  writeFileSync(
    join(folder, 'config.yaml'),
    `notifiers: [{ name: on-call, type: webhook, url: '${server.url}', allowPrivate: true }]\n`,
  );
  service = await startService({
    ...openStackSettings(mock.keystoneUrl),
    HEARTBEAT_CONFIG: join(folder, 'config.yaml'),
    HEARTBEAT_PROFILES_HERALD_ENABLED: 'true',
    HEARTBEAT_PROFILES_HERALD_PORT: '0',
  });
});
afterAll(async () => {
  await service.stop();
  await server.stop();
  await mock.close();
  rmSync(folder, { recursive: true });
});

/** Commands that prepare an example, by its beginning. */
const before: Readonly<Record<string, string>> = {
  'ge-heartbeat retire': 'ge-heartbeat send Orion 3.10.1 orion-1',
  'ge-heartbeat token hash':
    'ge-heartbeat token new --json --name a --scopes read | jq -r .token > token.txt',
};

/** Whether a command runs until it is stopped. */
const isEndless = (line: string): boolean => /--follow|^ge-heartbeat serve/.test(line);

function scriptOf(line: string): string {
  const [, preparation] = Object.entries(before).find(([begin]) => line.startsWith(begin)) ?? [];
  const ended = isEndless(line) ? line.replace('ge-heartbeat', 'timeout 3 ge-heartbeat') : line;
  const script = ended.replace('https://heartbeat:8080', service.url);
  return preparation === undefined ? script : `${preparation} && ${script}`;
}

function run(script: string): Promise<{ code: unknown; err: string }> {
  const env = { PATH: `${folder}${delimiter}${process.env['PATH']}`, HEARTBEAT_URL: service.url };
  return new Promise((resolve) => {
    const child = execFile(
      'bash',
      ['--norc', '-o', 'pipefail', '-c', script],
      { env, cwd: folder },
      (error, _, err) => resolve({ code: error === null ? 0 : error.code, err }),
    );
    child.stdin?.end();
  });
}

const isFor = (shell: string): boolean => findProgram(shell) !== undefined;

describe('the examples of the command', () => {
  it('exist for every command that prints something', () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  it('work', async () => {
    const waiting = examples.filter((line) => !/\b(zsh|fish)\b/.test(line));
    const failures: unknown[] = [];
    // A command takes its time to start: four at once take a third of it.
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
          const { code, err } = await run(scriptOf(line));
          const expected = isEndless(line) ? 124 : 0;
          if (code !== expected || err !== '') failures.push({ line, code, err });
        }
      }),
    );
    expect(failures).toEqual([]);
  }, 60_000);

  it.each(['zsh', 'fish'].filter(isFor))('work in %s', async (shell) => {
    const line = examples.find((example) => example.includes(`complete ${shell}`)) ?? 'false';
    const stub = shell === 'zsh' ? 'compdef() { :; }; ' : '';
    expect(await run(`${shell} -c '${stub}${line}'`)).toEqual({ code: 0, err: '' });
  });
});
