import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { projectRoot, readDocument } from '../support/documents.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

type Block = { readonly language: string; readonly path: string; readonly text: string };

/** The blocks of code of the page that say which file they are of. */
function blocks(): Block[] {
  const page = readDocument('docs/guides/notifiers/how-to-add.md');
  return [...page.matchAll(/^```(\w+) (\S+)\n(.*?)^```/gms)].map(
    ([, language = '', path = '', text = '']) => ({ language, path, text }),
  );
}

/** What the page says is done: a file is written, or lines are put beside others. */
function follow({ language, path, text }: Block, root: string): void {
  const file = join(root, path);
  if (language === 'ts') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  const lines = text.trimEnd().split('\n');
  const without = (mark: string) =>
    lines.filter((line) => !line.startsWith(mark)).map((line) => `${line.slice(1)}\n`);
  const [before, after] = [without('+').join(''), without('-').join('')];
  const source = readFileSync(file, 'utf8');
  expect({ path, before, isThereOnce: source.split(before).length === 2 }).toEqual({
    path,
    before,
    isThereOnce: true,
  });
  writeFileSync(
    file,
    source.replace(before, () => after),
  );
}

describe('docs/guides/notifiers/how-to-add.md', () => {
  it('leads to a notifier that is checked, configured and keeps the contract', async () => {
    const root = temporaryFolder();
    for (const path of ['service', 'test/support', 'package.json', 'jest.config.js']) {
      cpSync(join(projectRoot, path), join(root, path), { recursive: true });
    }
    const { compilerOptions } = JSON.parse(
      readFileSync(join(projectRoot, 'tsconfig.json'), 'utf8'),
    );
    const include = ['service', 'test/notify'];
    writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
    expect(blocks().map(({ language }) => language)).toEqual([
      'ts',
      ...Array(2).fill('diff'),
      'ts',
      ...Array(2).fill('diff'),
      'ts',
    ]);
    for (const block of blocks()) follow(block, root);

    const bin = (name: string) => join(projectRoot, 'node_modules', name);
    const node = (...args: string[]) => run(process.execPath, args, { cwd: root });
    const types = await run(join(projectRoot, 'node_modules/.bin/tsc'), [], { cwd: root }).catch(
      ({ stdout }) => ({ stdout }),
    );
    expect(types.stdout).toBe('');

    const notifier = { name: 'phones', type: 'ntfy', url: 'https://ntfy.sh', topic: 'ge' };
    writeFileSync(join(root, 'good.yaml'), JSON.stringify({ notifiers: [notifier] }));
    await node('service/cli.ts', 'config', 'check', '--config', 'good.yaml');

    const jest = ['--experimental-vm-modules', bin('jest/bin/jest.js'), 'test/notify/ntfy'];
    const { stderr } = await node(...jest);
    expect(stderr).toMatch(/Tests: +2\d passed, 2\d total/);
  }, 90_000);
});
