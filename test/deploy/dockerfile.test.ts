import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../service/config/load.ts';
import { root, textOf } from '../support/deploy/compose.ts';
import { commandLine, environmentOf, readStages } from '../support/deploy/images.ts';

const stages = readStages();
const stage = (name: string) => {
  const found = stages.get(name);
  if (!found) throw new Error(`deploy/Dockerfile has no stage ${name}`);
  return found;
};
const images = ['service', 'mock', 'emitter'] as const;

describe('deploy/Dockerfile', () => {
  it('builds the service by default', () => {
    expect([...stages.keys()].at(-1)).toBe('service');
  });

  it.each(['build', ...images])(
    '%s: copies files that exist and are in the build context',
    (name) => {
      const ignored = textOf('.dockerignore');
      for (const [keyword, rest] of stage(name).instructions) {
        if (keyword !== 'COPY' || rest.startsWith('--from')) continue;
        for (const source of rest.split(/\s+/).slice(0, -1)) {
          expect({ source, exists: existsSync(new URL(source, root)) }).toEqual({
            source,
            exists: true,
          });
          expect(ignored).toContain(`\n!${source.split('/')[0]}`);
        }
      }
    },
  );

  it.each(images)('%s: does not run as root', (name) => {
    const users = stage(name).instructions.filter(([keyword]) => keyword === 'USER');
    expect(users.at(-1)?.[1]).toBe('10001:10001');
  });

  it('has Node in the release that the project is tested with', () => {
    const { devDependencies } = JSON.parse(textOf('package.json'));
    expect(textOf('deploy/Dockerfile')).toContain(`node:${devDependencies.node}-`);
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(textOf('package.json'));
    expect(textOf('deploy/Dockerfile')).toContain(`ARG VERSION=${version}\n`);
  });

  it.each(['service', 'mock'] as const)(
    '%s: runs a program that exists, with a health check',
    (name) => {
      const [program, file = ''] = commandLine(stage(name));
      expect(program).toBe('node');
      expect(existsSync(new URL(file, root))).toBe(true);
      expect(stage(name).instructions.some(([keyword]) => keyword === 'HEALTHCHECK')).toBe(true);
    },
  );

  it('sets only variables of the service', () => {
    const loaded = loadConfig({
      env: { ...environmentOf(stage('service')), HEARTBEAT_AUTH_OPEN: 'true' },
    });
    expect(loaded).toMatchObject({ kind: 'config', config: { dataDir: '/data' } });
  });

  it('does not start without tokens in the image as it is', () => {
    const loaded = loadConfig({ env: environmentOf(stage('service')) });
    expect(loaded.kind).toBe('problems');
  });
});
