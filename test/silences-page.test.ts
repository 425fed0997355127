import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../service/config/load.ts';
import { type Example, examplesOf, readDocument } from './support/documents.ts';
import { type LocalService, startService } from './support/service.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const page = readDocument('docs/silences.md');
const examples = examplesOf(page).map((example) => ({
  ...example,
  title: example.script.split('\n')[0],
}));

let service: LocalService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Runs the shell as it stands, but for the port, and makes curl print the status of each response. */
function run(script: string): Promise<{ code: number; out: string; err: string }> {
  const before = `set -e; curl() { command curl -sS -w '%{stderr}%{http_code}\\n' "$@"; }\n`;
  const text = before + script.replaceAll('localhost:8080', new URL(service.url).host);
  return new Promise((resolve) => {
    execFile('sh', ['-c', text], (error, out, err) => {
      resolve({ code: error === null ? 0 : 1, out, err });
    });
  });
}

const timeless = (text: string): unknown =>
  JSON.parse(text, (key, value) => (['id', 'from', 'until'].includes(key) ? key : value));

async function expectAsShown({ mark, script, answer }: Example): Promise<void> {
  const { code, out, err } = await run(script);
  expect({ code, statuses: err.trim().split(/\s+/) }).toEqual({
    code: 0,
    statuses: mark.match(/\d{3}/g),
  });
  if (answer !== undefined) expect(timeless(out)).toEqual(timeless(JSON.stringify(answer)));
}

describe('docs/silences.md', () => {
  it('runs every example that calls the service', () => {
    const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
    expect(blocks.length).toBe(examples.length);
  });

  it.each(examples)('shows what is answered with $mark to $title', expectAsShown);

  it('shows a configuration that is taken', () => {
    const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    const file = join(temporaryFolder(), 'config.yaml');
    writeFileSync(file, blocks.join(''));
    const loaded = loadConfig({ env: { HEARTBEAT_CONFIG: file } });
    expect(loaded).toMatchObject({
      kind: 'config',
      config: {
        maintenance: [{ name: 'nightly' }, { name: 'patch-day', everything: true }],
        liveness: { reminders: { everySeconds: 3_600, most: 24 } },
      },
    });
  });
});
