import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type LoadedConfig, loadConfig } from '../../service/config/load.ts';
import { type ConfigProblem, formatProblems } from '../../service/config/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

/** A file with this content, in a folder that ends with the tests. */
export function fileWith(content: string, extension = 'yaml'): string {
  count += 1;
  const file = join(folder, `${count}.${extension}`);
  writeFileSync(file, content);
  return file;
}

type Sources = { env?: Record<string, string>; yaml?: string };

export function load({ env = {}, yaml }: Sources = {}) {
  return loadConfig({ env, file: yaml === undefined ? undefined : fileWith(yaml) });
}

export function loadGood(sources: Sources = {}): LoadedConfig {
  const loaded = load(sources);
  if (loaded.kind === 'problems') throw new Error(formatProblems(loaded.problems));
  return loaded;
}

export function problemsOf(sources: Sources): readonly ConfigProblem[] {
  const loaded = load(sources);
  return loaded.kind === 'problems' ? loaded.problems : [];
}

/** A whole password login, as an openrc file sets it. */
export const openrc = {
  OS_AUTH_URL: 'http://keystone.example:5000/v3',
  OS_USERNAME: 'ge',
  OS_PASSWORD: 'ge-secret',
  OS_PROJECT_NAME: 'service',
  OS_USER_DOMAIN_NAME: 'Default',
  OS_PROJECT_DOMAIN_ID: 'default',
};
