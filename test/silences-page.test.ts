import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../service/config/load.ts';
import { examplesOf, readDocument } from './support/documents.ts';
import { callingBlocks, createShell, expectAsShown, titled } from './support/page-examples.ts';
import { type LocalService, startService } from './support/service.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const page = readDocument('docs/guides/silences.md');
const examples = examplesOf(page);

let service: LocalService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('docs/guides/silences.md', () => {
  it('marks every example that calls the service', () => {
    expect(callingBlocks(page)).toHaveLength(examples.length);
    expect(examples.length).toBeGreaterThan(4);
  });

  it.each(titled(examples))('shows the response with $mark to $title', (example) =>
    expectAsShown(example, createShell({ 'localhost:8080': new URL(service.url).host })),
  );

  it('shows a configuration that the service accepts', () => {
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
