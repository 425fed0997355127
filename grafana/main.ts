import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { provisionedFiles } from './files.ts';

/**
 * `npm run grafana`: writes everything that Grafana, Prometheus and Alertmanager read. With
 * `--check` it writes nothing and fails, naming the files that are not what they should be.
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const { path, text } of provisionedFiles()) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const current = await readFile(file, 'utf8').catch(() => undefined);
  if (current === text) continue;
  if (values.check) {
    process.stderr.write(`grafana/${path} is stale: run \`npm run grafana\`\n`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    process.stdout.write(`grafana/${path}\n`);
  }
}
