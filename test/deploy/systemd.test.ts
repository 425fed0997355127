import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../service/config/load.ts';
import { root } from '../support/deploy/compose.ts';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Folder of the package that `npm install -g --prefix /opt/ge-heartbeat` installs. */
const installed = '/opt/ge-heartbeat/lib/node_modules/ge-heartbeat';

const folder = fileURLToPath(new URL('deploy/systemd', root));
const units = readdirSync(folder);
const textOf = (unit: string) => readFileSync(join(folder, unit), 'utf8');

/** The values of a key, in their order. */
const valuesOf = (unit: string, key: string): string[] =>
  [...textOf(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe('the units of systemd', () => {
  it('run files that exist and are in the package', () => {
    const { files } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    const packed = [...files, 'README.md'];
    const named = units.flatMap((unit) =>
      [...textOf(unit).matchAll(/\/opt\/[\w./-]+/g)].map(([path]) => path),
    );
    expect(named.length).toBeGreaterThan(0);
    for (const path of named) {
      const inPackage = path.replace(`${installed}/`, '');
      if (inPackage === installed) continue;
      const isPacked = packed.some((one) => inPackage === one || inPackage.startsWith(`${one}/`));
      const is = existsSync(new URL(inPackage, root));
      expect({ path, is, isPacked }).toEqual({ path, is: true, isPacked: true });
    }
  });

  it('give the service settings that it accepts', () => {
    const env = Object.fromEntries(
      valuesOf('ge-heartbeat.service', 'Environment')
        .map((pair) => pair.split('=', 2))
        .filter(([name]) => name !== 'HEARTBEAT_CONFIG')
        .map(([name = '', value = '']) => [name, value]),
    );
    expect(loadConfig({ env })).toMatchObject({
      kind: 'config',
      config: { dataDir: '/var/lib/ge-heartbeat' },
    });
  });

  it('give a stop more time than the service needs', () => {
    const loaded = loadConfig({ env: {} });
    if (loaded.kind === 'problems') throw new Error('the defaults are wrong');
    const [stopSeconds = '0'] = valuesOf('ge-heartbeat.service', 'TimeoutStopSec');
    expect(Number(stopSeconds)).toBeGreaterThan(2 * loaded.config.stop.drainSeconds + 5);
  });

  it('have a service for each timer', () => {
    for (const timer of units.filter((unit) => unit.endsWith('.timer'))) {
      expect(units).toContain(timer.replace('.timer', '.service'));
    }
  });
});

describeWith(['systemd-analyze'], 'systemd itself', () => {
  it('finds nothing wrong with the units', () => {
    // It looks whether programs are there: those of this folder stand for the installed ones.
    const copy = temporaryFolder();
    const program = fileURLToPath(new URL('.', root)).replace(/\/$/, '');
    cpSync(folder, copy, { recursive: true });
    for (const unit of units) {
      const text = textOf(unit)
        .replaceAll(installed, program)
        .replaceAll('/usr/bin/node', process.execPath);
      writeFileSync(join(copy, unit), text);
    }
    mkdirSync(join(copy, 'none'));
    const { stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...units.map((unit) => join(copy, unit))],
      { encoding: 'utf8' },
    );
    expect(stderr.split('\n').filter((line) => line.includes('ge-heartbeat'))).toEqual([]);
  });

  it('rates the service as well isolated', () => {
    const said = execFileSync(
      'systemd-analyze',
      [
        'security',
        '--offline=true',
        '--no-pager',
        '--threshold=20',
        join(folder, 'ge-heartbeat.service'),
      ],
      { encoding: 'utf8' },
    );
    expect(said).toMatch(/Overall exposure level for ge-heartbeat\.service: [01]\.\d OK/);
  });
});
