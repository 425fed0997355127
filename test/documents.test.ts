import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { generatedFiles } from '../scripts/generated-files.ts';

describe('generatedFiles', () => {
  it.each(generatedFiles)('are current: $path', async ({ path, render }) => {
    expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(await render());
  });
});
