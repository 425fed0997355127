import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { provisionedFiles } from '../../grafana/files.ts';

const files = provisionedFiles().map(({ path, text }) => [path, text] as const);

describe('provisionedFiles', () => {
  it.each(files)('%s is current: `npm run grafana` changes nothing', (path, text) => {
    expect(readFileSync(new URL(`../../grafana/${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it.each(files.filter(([path]) => !path.endsWith('.md')))(
    '%s can be parsed, and has no references',
    (path, text) => {
      expect(() => (path.endsWith('.json') ? JSON.parse(text) : parse(text))).not.toThrow();
      if (path.endsWith('.yaml')) expect(text).not.toMatch(/[:-] [&*]\w/);
    },
  );

  it('need only variables that the README names', () => {
    const readme = files.find(([path]) => path === 'README.md')?.[1] ?? '';
    const yaml = files
      .filter(([path]) => path.endsWith('.yaml'))
      .map(([, text]) => text)
      .join('');
    const names = [...yaml.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(readme).toContain(`\`${name}\``);
  });
});
