import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { describeWith, findProgram } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { runProgram, script } from './run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (path: string) => readFileSync(join(root, 'emitter', path), 'utf8');
const recipe = (path: string) => textOf(`recipes/${path}`);
const recipes = join(root, 'emitter/recipes');
const all = readdirSync(recipes, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => relative(recipes, join(parentPath, name)));

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

beforeEach(() => {
  receiver.received.length = 0;
});

afterAll(() => receiver.close());

const installed = '/usr/local/bin/GE_Heartbeat.sh';
const settings = new Set(
  textOf('GE_Heartbeat.sh').match(/\b(?:HEARTBEAT|GENERIC_ENABLER)_[A-Z_]+/g),
);
const sent = () => receiver.received.map(({ body }) => JSON.parse(body));

/** Runs a command line of a recipe with the script of this folder, and the receiver as service. */
function runShell(line: string, env: Readonly<Record<string, string>>) {
  return runProgram('sh', ['-c', line.replaceAll(installed, script)], {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...env,
      HEARTBEAT_SERVICE_HOST: receiver.origin,
      HEARTBEAT_INSTANCE: 'i-1',
      HEARTBEAT_JITTER: '0',
      HEARTBEAT_STATE_DIR: '/dev/null/state',
    },
  });
}

/** `NAME=value` lines, as cron, systemd and the script read them. */
const assignments = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value.replace(/^"(.*)"$/, '$1'),
    ]),
  );

describe('a recipe', () => {
  it.each(all)('%s names only settings of the script', (path) => {
    const named = recipe(path).match(/\b(?:HEARTBEAT|GENERIC_ENABLER)_[A-Z_]+/g) ?? [];
    const unknown = named.filter((name) => !settings.has(name) && name !== 'HEARTBEAT_URL');
    expect(unknown).toEqual([]);
  });

  it.each(all.filter((path) => path.endsWith('.Dockerfile')))(
    '%s starts a program that sends heartbeats, and passes its exit code on',
    async (path) => {
      const lines = recipe(path).replaceAll(/\\\n/g, '').split('\n');
      const instructions = lines.filter((line) => /^[A-Z]/.test(line));
      for (const line of instructions) expect(line).toMatch(/^(FROM|RUN|COPY|ENV|ENTRYPOINT|CMD) /);
      const rest = (keyword: string) =>
        instructions.find((line) => line.startsWith(`${keyword} `))?.slice(keyword.length + 1) ??
        '';
      expect(rest('COPY')).toBe('--chmod=755 emitter/GE_Heartbeat.sh /usr/local/bin/');
      expect(spawnSync('sh', ['-n', '-c', rest('RUN')]).status).toBe(0);
      const env = assignments(rest('ENV').replaceAll(' ', '\n'));
      const entrypoint: string[] = JSON.parse(rest('ENTRYPOINT'));
      expect(JSON.parse(rest('CMD'))).toEqual(['sleep', 'infinity']);
      const run = await runShell(`${entrypoint.join(' ')} sh -c 'exit 5'`, env);
      expect(run.exitCode).toBe(5);
      expect(sent().at(-1)).toMatchObject({ name: 'Orion', version: '3.10.1', interval: 30 });
    },
  );

  it('docker/compose.yaml has an emitter that is confined, and its secrets', () => {
    const { services, secrets } = parse(recipe('docker/compose.yaml'));
    const { 'orion-heartbeat': emitter } = services;
    expect(emitter).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    for (const name of emitter.secrets) expect(Object.keys(secrets)).toContain(name);
    expect(emitter.command[0]).toBe('--check');
    expect(spawnSync('sh', ['-n', '-c', emitter.command[1]]).status).toBe(0);
  });

  it.each(all.filter((path) => path.startsWith('kubernetes/')))(
    '%s is a pod with an emitter',
    (path) => {
      const documents = parseAllDocuments(recipe(path));
      expect(documents).toHaveLength(1);
      const [document] = documents;
      expect(document?.errors).toEqual([]);
      const { kind, spec } = document?.toJS() ?? {};
      const { template } = kind === 'CronJob' ? spec.jobTemplate.spec : spec;
      const { containers, initContainers = [], volumes = [] } = template.spec;
      const emitter = [...initContainers, ...containers].find(
        ({ name }: { name: string }) => name === 'heartbeat',
      );
      expect(emitter.args[0]).toBe('--check');
      for (const { name, value } of emitter.env)
        expect([name, typeof value]).toEqual([name, 'string']);
      for (const { name } of emitter.volumeMounts ?? []) {
        expect(volumes.map((volume: { name: string }) => volume.name)).toContain(name);
      }
      expect(
        initContainers.map(({ restartPolicy }: { restartPolicy: string }) => restartPolicy),
      ).toEqual(path.includes('native') ? ['Always'] : []);
    },
  );

  it('machines/crontab sends a heartbeat', async () => {
    const text = recipe('machines/crontab');
    const [, command = ''] = /^(?:\* ){5}(.+)$/m.exec(text) ?? [];
    expect(await runShell(command, assignments(text))).toEqual({ exitCode: 0, out: '', err: '' });
    expect(sent()).toMatchObject([{ name: 'Orion', interval: 60 }]);
  });

  it('machines/default is read by the script', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'etc/default'), { recursive: true });
    const token = join(folder, 'token');
    writeFileSync(token, 'a-token\n');
    const text = recipe('machines/default')
      .replace(/^HEARTBEAT_TOKEN_FILE=.*$/m, `HEARTBEAT_TOKEN_FILE=${token}`)
      .replace('http://127.0.0.1:1026/version', `${receiver.origin}/version`);
    writeFileSync(join(folder, 'etc/default/ge-heartbeat'), text);
    expect(await runShell(installed, { HEARTBEAT_TEST_ROOT: folder })).toMatchObject({ err: '' });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/version', '/api/v1/heartbeats']);
    expect(receiver.received[1]?.authorization).toBe('Bearer a-token');
  });

  it('machines/cloud-init.yaml installs the script, its settings and a job of cron', async () => {
    const text = recipe('machines/cloud-init.yaml');
    expect(text.split('\n')[0]).toBe('#cloud-config');
    const { write_files: files, runcmd } = parse(text);
    const contentOf = (path: string): string =>
      files.find((file: { path: string }) => file.path === path)?.content ?? '';
    for (const line of runcmd) expect(spawnSync('sh', ['-n', '-c', line]).status).toBe(0);
    const [, command = ''] =
      /^(?:\* ){5}root (.+)$/m.exec(contentOf('/etc/cron.d/ge-heartbeat')) ?? [];
    const env = assignments(contentOf('/etc/default/ge-heartbeat'));
    expect(env).toHaveProperty('GENERIC_ENABLER_ID', 'Orion');
    const { HEARTBEAT_TOKEN_FILE: _, ...rest } = env;
    expect(await runShell(command, rest)).toEqual({ exitCode: 0, out: '', err: '' });
  });

  it('machines/ansible.yaml installs the script, and hides the token', () => {
    const [{ tasks }] = parse(recipe('machines/ansible.yaml'));
    const modules = tasks.map((task: object) =>
      Object.keys(task).find((key) => key.startsWith('ansible.builtin.')),
    );
    expect(modules).toEqual([
      'ansible.builtin.copy',
      'ansible.builtin.copy',
      'ansible.builtin.copy',
      'ansible.builtin.cron',
    ]);
    expect(tasks[1]).toMatchObject({ no_log: true, 'ansible.builtin.copy': { mode: '0600' } });
    const { job } = tasks[3]['ansible.builtin.cron'];
    expect(spawnSync('sh', ['-n', '-c', job]).status).toBe(0);
  });
});

describeWith(['systemd-analyze'], 'systemd', () => {
  it('finds no fault in the units of the recipes', () => {
    const folder = temporaryFolder();
    const units = all.filter((path) => path.startsWith('systemd/')).map((path) => path.slice(8));
    for (const unit of units) {
      writeFileSync(join(folder, unit), recipe(`systemd/${unit}`).replaceAll(installed, script));
    }
    const { stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...units.map((unit) => join(folder, unit))],
      { encoding: 'utf8' },
    );
    expect(stderr.split('\n').filter((line) => line.includes('ge-heartbeat'))).toEqual([]);
  });
});

describe('a program of the recipes', () => {
  const programs: [string, string, (file: string) => string[]][] = [
    ['heartbeat.py', 'python3', (file) => [file]],
    ['heartbeat.go', 'go', (file) => ['run', file]],
    ['Heartbeat.java', 'java', (file) => [file]],
  ];

  it.each(programs)(
    '%s sends heartbeats, and stopping at its end',
    async (name, program, args) => {
      const path = findProgram(program);
      if (path === undefined) {
        process.stderr.write(`skipped, ${name}: missing ${program}\n`);
        return;
      }
      const env = {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? temporaryFolder(),
        HEARTBEAT_URL: receiver.origin,
        HEARTBEAT_TOKEN: 'a-token',
      };
      const file = join(root, 'emitter/recipes/programs', name);
      expect(await runProgram(path, args(file), { env })).toMatchObject({ exitCode: 0, err: '' });
      expectWhole();
    },
    120_000,
  );

  it('heartbeat.mjs sends heartbeats, and stopping at its end', async () => {
    const env = { HEARTBEAT_URL: receiver.origin, HEARTBEAT_TOKEN: 'a-token' };
    const file = join(root, 'emitter/recipes/programs/heartbeat.mjs');
    // The package is not built here.
    const args = ['--conditions=source', file];
    expect(await runProgram(process.execPath, args, { env })).toMatchObject({
      exitCode: 0,
      err: '',
    });
    expectWhole();
  });

  function expectWhole() {
    expect(sent()[0]).toMatchObject({ name: 'Orion', version: '3.10.1', interval: 30 });
    expect(sent().at(-1)).toMatchObject({ status: 'stopping' });
    expect(receiver.received.map(({ path, authorization }) => [path, authorization])).toEqual(
      receiver.received.map(() => ['/api/v1/heartbeats', 'Bearer a-token']),
    );
  }
});

describe('emitter/README.md', () => {
  const blocks = [
    ...textOf('README.md').matchAll(/(?:<!-- (\w+): ?([^>]*) -->\n)?```(\w*)\n(.*?)```/gs),
  ].map(([, kind = 'none', rest = '', language = '', text = '']) => ({
    kind,
    rest,
    language,
    text,
  }));

  it('has only blocks that are run, or are a file that is tested', () => {
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.filter(({ kind }) => kind !== 'file' && kind !== 'run')).toEqual([]);
  });

  it.each(blocks.filter(({ kind }) => kind === 'file'))(
    'shows $rest as it is',
    ({ rest, text }) => {
      const file = recipe(rest);
      expect(
        rest.endsWith('.yaml') && !file.startsWith(text) ? file.includes(text) : file === text,
      ).toBe(true);
    },
  );

  it.each(blocks.filter(({ kind }) => kind === 'run'))('runs "$text"', async ({ text, rest }) => {
    const folder = temporaryFolder();
    // The program is installed, the service and the Enabler respond.
    writeFileSync(join(folder, 'GE_Heartbeat.sh'), readFileSync(script));
    chmodSync(join(folder, 'GE_Heartbeat.sh'), 0o755);
    const key = join(folder, 'key.pem');
    spawnSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
    writeFileSync(join(folder, 'token'), 'a-token\n');
    const run = await runProgram(
      'sh',
      [
        '-ec',
        text
          .replaceAll(/https?:\/\/heartbeat(\.example\.org)?(:\d+)?/g, receiver.origin)
          .replaceAll(/http:\/\/localhost:1026/g, receiver.origin)
          .replaceAll(/\/etc\/ge-heartbeat\/token/g, join(folder, 'token')),
      ],
      {
        cwd: folder,
        env: {
          PATH: `${folder}:${process.env['PATH'] ?? ''}`,
          HEARTBEAT_STATE_DIR: join(folder, 'state'),
        },
      },
    );
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(receiver.received.filter(({ method }) => method === 'POST')).toHaveLength(Number(rest));
  });
});
