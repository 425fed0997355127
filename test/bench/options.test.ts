import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadNames, readOptions } from './options.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reference-build-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A checkout with everything that a comparison needs. */
function makeCheckout(): void {
  for (const part of ['service', 'docs', 'node_modules/.bin']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, 'service/main.ts'), '');
  writeFileSync(join(folder, 'docs/configuration.md'), '| `HEARTBEAT_HTTP_PORT` |');
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
}

describe('readOptions', () => {
  it('selects all loads of the pipeline by default', () => {
    expect(readOptions([])).toMatchObject({
      benches: ['pipeline'],
      loads: loadNames,
      servers: ['bare', 'durable', 'ours'],
      reference: undefined,
    });
  });

  it('selects loads by name, with or without --load', () => {
    const expected = { benches: ['pipeline'], loads: ['single-64', 'batch-1000'] };
    expect(readOptions(['batch-1000', 'single-64'])).toMatchObject(expected);
    expect(readOptions(['batch-1000', '--load', 'single-64'])).toMatchObject(expected);
  });

  it('rejects an unknown name', () => {
    expect(() => readOptions(['single-65'])).toThrow('"single-65" is not one of');
    expect(() => readOptions(['--load', 'drain'])).toThrow('"drain" is not one of single-64');
  });

  it('adds the reference build to the servers', () => {
    makeCheckout();
    const { servers, reference } = readOptions(['--against', folder, '--server', 'ours']);
    expect(servers).toEqual(['ours', 'reference']);
    expect(reference).toMatchObject({
      main: join(folder, 'service/main.ts'),
      node: join(folder, 'node_modules/.bin/node'),
      description: `commit unknown, Node ${process.version}`,
    });
    expect(reference?.isSetting('HEARTBEAT_HTTP_PORT')).toBe(true);
    expect(reference?.isSetting('HEARTBEAT_HTTP')).toBe(false);
  });

  it('names what a folder lacks for a comparison', () => {
    const against = ['--against', folder];
    expect(() => readOptions(['--against', join(folder, 'none')])).toThrow('git worktree add');
    expect(() => readOptions(against)).toThrow('no service/main.ts');
    makeCheckout();
    rmSync(join(folder, 'node_modules'), { recursive: true });
    expect(() => readOptions(against)).toThrow('Run "npm ci" there');
  });

  it('rejects a comparison without both builds', () => {
    expect(() => readOptions(['drain', '--against', folder])).toThrow('not with drain');
    expect(() => readOptions(['--server', 'bare', '--against', folder])).toThrow('--server ours');
  });
});
