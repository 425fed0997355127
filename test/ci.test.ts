import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../.ci/run', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Runs the script with an `npm` that does `ci` and `test` like this, and no `apt-get`. */
function runWith({ ci = 'true', test = 'true' }: { ci?: string; test?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'ci-'));
  folders.push(folder);
  const stub = (name: string, body: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  stub('npm', `case "$1" in ci) ${ci} ;; test) ${test} ;; esac`);
  stub('apt-get', 'true');
  stub('sudo', 'true');
  const { status, stdout } = spawnSync(script, {
    env: { PATH: `${folder}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  return { status, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

describe('.ci/run', () => {
  it('closes with the tally of the tests', () => {
    const test = 'echo "12 passed, 0 failed, 1 skipped"; echo "npm notice"';
    expect(runWith({ test })).toEqual({ status: 0, lastLine: '12 passed, 0 failed, 1 skipped' });
  });

  it('fails with the tests', () => {
    const test = 'echo "11 passed, 2 failed"; exit 1';
    expect(runWith({ test })).toEqual({ status: 1, lastLine: '11 passed, 2 failed' });
  });

  it('counts one failure when it did not come to the tests', () => {
    const tally = '0 passed, 1 failed';
    expect(runWith({ test: 'echo "a lint"; exit 3' })).toEqual({ status: 3, lastLine: tally });
    expect(runWith({ ci: 'exit 2' })).toEqual({ status: 2, lastLine: tally });
    expect(runWith({ test: 'echo nothing' })).toEqual({ status: 1, lastLine: tally });
  });

  it('counts one failure when something fails after the tests', () => {
    const test = 'echo "12 passed, 0 failed"; exit 1';
    expect(runWith({ test })).toEqual({ status: 1, lastLine: '12 passed, 1 failed' });
  });

  it('gives the tests CI=true and no standard input', () => {
    const test = 'cat; echo "$([ "$CI" = true ] && echo 1 || echo 0) passed, 0 failed"';
    expect(runWith({ test })).toEqual({ status: 0, lastLine: '1 passed, 0 failed' });
  });
});
