import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from '../../service/config/load.ts';
import { readCompose, readEnvFile, root, textOf } from '../support/deploy/compose.ts';
import { readStages } from '../support/deploy/images.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const compose = readCompose();
const services = Object.entries(compose.services);
const pathOf = (path: string) => fileURLToPath(new URL(path, root));

/** The variables of the service with the files of its secrets in place of /run/secrets. */
function nativeEnvironment(name: string): Record<string, string> {
  const folder = temporaryFolder();
  const { environment = {} } = compose.services[name] ?? {};
  const written = new Set<string>();
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => {
      if (value === '/etc/heartbeat/heartbeat.yaml') {
        return [key, pathOf('deploy/compose/heartbeat.yaml')];
      }
      if (!value.startsWith('/run/secrets/')) return [key, value];
      const file = join(folder, value.slice('/run/secrets/'.length));
      if (!written.has(file)) writeFileSync(file, key.includes('TOKENS') ? tokens : 'secret\n');
      written.add(file);
      return [key, file];
    }),
  );
}
const tokens = `tokens: []\n`;

describe('docker-compose.yml', () => {
  it.each(services)('%s: is pinned, hardened, and reachable from this machine only', (_, it) => {
    expect(it.image).toMatch(/:v?\d+\.\d+/);
    expect(it.cap_drop).toEqual(['ALL']);
    expect(it.security_opt).toEqual(['no-new-privileges:true']);
    expect(it.user).not.toMatch(/^(0|root)/);
    for (const port of it.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('has a writable root file system only in Grafana, which installs its plugin', () => {
    const writable = services.filter(([, { read_only }]) => !read_only).map(([name]) => name);
    expect(writable).toEqual(['grafana']);
  });

  it.each(services)(
    '%s: waits for services that exist and have a health check',
    (_, { depends_on }) => {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(compose.services[name]?.healthcheck).toBeDefined();
        expect(condition).toBe('service_healthy');
      }
    },
  );

  it.each(['demo', 'production'] as const)(
    'the profile %s depends on services of its own only',
    (profile) => {
      for (const [name, { profiles, depends_on }] of services) {
        if (!profiles.includes(profile)) continue;
        for (const [other, { required }] of Object.entries(depends_on)) {
          const isThere = compose.services[other]?.profiles.includes(profile) ?? false;
          expect({ name, other, isThere: isThere || !required }).toMatchObject({ isThere: true });
        }
      }
    },
  );

  it('checks the health of every service but the emitters, which have no port', () => {
    const unchecked = services.filter(([, { healthcheck }]) => !healthcheck);
    expect(unchecked.every(([, { build }]) => build?.target === 'emitter')).toBe(true);
  });

  it('builds stages that the Dockerfile has', () => {
    for (const [, { build }] of services) {
      if (!build) continue;
      expect(existsSync(pathOf(build.dockerfile))).toBe(true);
      expect([...readStages().keys()]).toContain(build.target);
    }
  });

  it('mounts files that exist, and declares its volumes', () => {
    for (const [, { volumes }] of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.'))
          expect({ source, is: existsSync(pathOf(source)) }).toEqual({ source, is: true });
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('mounts secrets as files, and the secrets of the demo exist', () => {
    const ofDemo = new Set(
      services.flatMap(([, { profiles, secrets }]) => (profiles.includes('demo') ? secrets : [])),
    );
    for (const name of ofDemo) {
      expect(statSync(pathOf(compose.secrets[name]?.file ?? 'absent')).isFile()).toBe(true);
    }
    for (const [name, { environment, secrets }] of services) {
      for (const value of Object.values(environment)) {
        const [, secret] = /^\/run\/secrets\/(.+)$/.exec(value) ?? [];
        if (secret !== undefined)
          expect({ name, secrets }).toMatchObject({ secrets: expect.arrayContaining([secret]) });
      }
    }
  });

  it.each(['heartbeat', 'heartbeat-production'])(
    '%s: has settings that the service accepts',
    (name) => {
      const loaded = loadConfig({
        env: { ...nativeEnvironment(name), ...(name === 'heartbeat' ? {} : openStack) },
      });
      expect(loaded).toMatchObject({ kind: 'config', config: { http: { host: '0.0.0.0' } } });
    },
  );

  it('runs the demo by default', () => {
    expect(readEnvFile('.env')).toEqual({ COMPOSE_PROFILES: 'demo' });
  });

  it('uses every variable of the file for production, and no other without a default', () => {
    const file = readEnvFile('deploy/compose/production.env');
    const text = textOf('docker-compose.yml');
    for (const name of Object.keys(file)) {
      if (name !== 'COMPOSE_PROFILES') expect(text).toContain(`\${${name}:-`);
    }
    for (const [, name = '', otherwise = ''] of text.matchAll(/\$\{(\w+)(:-[^}]*)?\}/g)) {
      if (otherwise === ':-' || otherwise === '') expect(Object.keys(file)).toContain(name);
    }
  });

  it('gives Grafana every variable that its provisioning names', () => {
    const names = z
      .array(z.string())
      .parse(
        [
          ...textOf('grafana/provisioning/datasources/heartbeat.yaml').matchAll(
            /(?<!\$)\$\{(\w+)\}/g,
          ),
        ].map(([, name]) => name),
      );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(compose.services['grafana']?.environment).toHaveProperty(name);
  });
});

const openStack = {
  OS_AUTH_URL: 'https://keystone.example.org/v3',
  OS_REGION_NAME: 'RegionOne',
  OS_APPLICATION_CREDENTIAL_ID: 'id',
};
