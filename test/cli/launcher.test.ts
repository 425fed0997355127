import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { describeWith, findProgram } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const launcher = join(root, 'bin/ge-heartbeat.js');

/** A project with the launcher, a program that says how it was called, and perhaps a Node of its own. */
function project(node?: string): string {
  const folder = temporaryFolder();
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'service'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'service/cli.ts'),
    'const args: string[] = process.argv.slice(2);\n' +
      'console.log(JSON.stringify(args)); process.exitCode = 7;\n' +
      "if (args.includes('wait')) setInterval(() => {}, 1000);\n",
  );
  if (node !== undefined) {
    const own = join(folder, 'node_modules/node/bin');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, '../package.json'), '{"name":"node","version":"26.0.0"}');
    writeFileSync(join(own, 'node'), `#!/bin/sh\nexec '${node}' "$@"\n`);
    chmodSync(join(own, 'node'), 0o755);
  }
  return join(folder, 'bin/ge-heartbeat.js');
}

/** Has the launcher believe that the Node which runs it is that old. */
const aged = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})';
const old = ['--import', aged];

describe('bin/ge-heartbeat.js', () => {
  it('runs the program with the Node that runs it, where that one can', () => {
    const { status, stdout } = spawnSync(process.execPath, [project(), 'a b', '--c'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 7, stdout: '["a b","--c"]\n' });
  });

  it('takes the Node of the project where it cannot', () => {
    const script = project(process.execPath);
    const { status, stdout } = spawnSync(process.execPath, [...old, script, 'a b'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 7, stdout: '["a b"]\n' });
  });

  it('hands signals on', async () => {
    const script = project(process.execPath);
    const child = spawn(process.execPath, [...old, script, 'wait']);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
    expect(signal).toBe('SIGTERM');
  });

  it('says what it needs where there is none', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...old, project()], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/needs Node 24 or newer; this is 20\.1\.0\.\n.*npm ci/);
  });

  it('is what the package installs', () => {
    const { status, stdout } = spawnSync(process.execPath, [launcher, '--version'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+/) });
  });
});

describeWith(['npx'], 'npx ge-heartbeat', () => {
  it('works in a clone', () => {
    const npx = findProgram('npx') ?? '';
    const options = { cwd: root, encoding: 'utf8' } as const;
    const { status, stdout } = spawnSync(npx, ['--offline', 'ge-heartbeat', '--help'], options);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('serve') });
  });
});
