import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Writes `dist/`: JavaScript and declarations of the service and of the emitter client, with the files
 * that the service reads beside its code. Node runs no TypeScript in `node_modules`, so an installed
 * package runs from there. The folders are those of the sources: relative paths are the same in both.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);
const options = ['--project', join(root, 'tsconfig.package.json')];
execFileSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });

for (const path of filesIn(dist)) {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, path.endsWith('.d.ts') ? withDeclarations(text) : withWorkers(text));
}
const isCode = (path: string) => ['.ts', '.md'].includes(extname(path));
cpSync(join(root, 'service'), join(dist, 'service'), {
  recursive: true,
  filter: (path) => !isCode(path),
});

/** The compiler rewrites the extensions of imports, but not of the files that threads run. */
function withWorkers(text: string): string {
  return text.replaceAll(/(new URL\('\.[^']*)\.ts'/g, "$1.js'");
}

/** The compiler does not rewrite extensions in declarations. */
function withDeclarations(text: string): string {
  return text.replaceAll(/((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2');
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
