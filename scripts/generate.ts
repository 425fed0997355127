import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated-files.ts';

/**
 * Writes the documents that are generated from code. With `--check` it writes nothing, and fails with
 * the names of the files that are out of date.
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const { path, render } of generatedFiles) {
  const file = new URL(`../${path}`, import.meta.url);
  const current = await readFile(file, 'utf8').catch(() => undefined);
  const wanted = await render();
  if (current === wanted) continue;
  if (values.check) {
    process.stderr.write(`${path} is stale: run \`npm run generate\`\n`);
    process.exitCode = 1;
  } else {
    await writeFile(file, wanted);
    process.stdout.write(`${path}\n`);
  }
}
