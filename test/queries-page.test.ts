import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { examplesOf, readDocument } from './support/documents.ts';
import { callingBlocks, createShell, expectAsShown, titled } from './support/page-examples.ts';
import { type LocalService, startService } from './support/service.ts';

const page = readDocument('docs/guides/queries.md');
const examples = examplesOf(page);

let service: LocalService;
beforeAll(async () => {
  service = await startService();
  const orion = (instance: string) => ({ name: 'Orion', version: '3.10.1', instance });
  const response = await fetch(`${service.url}/api/v1/heartbeats`, {
    method: 'POST',
    body: JSON.stringify([orion('orion-1'), orion('orion-2')]),
  });
  expect(response.status).toBe(202);
});
afterAll(() => service.stop());

describe('docs/guides/queries.md', () => {
  it('marks every example that calls the service', () => {
    expect(callingBlocks(page)).toHaveLength(examples.length);
    expect(examples.length).toBeGreaterThan(6);
  });

  it.each(titled(examples))('shows the response with $mark to $title', async (example) => {
    const shell = createShell({ 'localhost:8080': new URL(service.url).host });
    await expectAsShown(example, async (script) => {
      const run = await shell(script);
      expect(run.out).not.toBe('');
      return run;
    });
  });
});
