import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describeWith(['npm'], 'package-lock.json', () => {
  it('has everything that npm ci needs', () => {
    const cwd = temporaryFolder();
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(join(root, name), join(cwd, name));
    }
    const args = ['ci', '--dry-run', '--ignore-scripts', '--offline', '--no-audit', '--no-fund'];
    const { status, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
    expect({ status, missing: stderr.match(/Missing: .*/g) }).toEqual({ status: 0, missing: null });
  });
});
