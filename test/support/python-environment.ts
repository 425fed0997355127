import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A virtual environment with packages of PyPI, which later runs use again. */
export type PythonEnvironment = { readonly python: string; readonly bin: string };

/**
 * Makes the environment, or returns why that is not possible here: no Python of that version, or the
 * packages cannot be installed.
 */
export function makePythonEnvironment(
  name: string,
  minor: number,
  packages: readonly string[],
): PythonEnvironment | string {
  const python = findPython(minor);
  if (python === undefined) return `no Python 3.${minor} or later`;
  const folder = join(tmpdir(), `ge-heartbeat-${name}`);
  const bin = join(folder, 'bin');
  const marker = join(folder, packages.join(' ').replaceAll('/', '_'));
  const environment = { python: join(bin, 'python'), bin };
  if (existsSync(marker)) return environment;
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync(python, ['-m', 'venv', folder], { stdio: 'ignore', timeout: 120_000 });
    const install = ['-m', 'pip', 'install', '--quiet', ...packages];
    execFileSync(environment.python, install, { stdio: 'ignore', timeout: 300_000 });
    writeFileSync(marker, '');
    return environment;
  } catch {
    return `${packages.join(', ')} cannot be installed`;
  }
}

/** A Python 3 of at least this minor version that can make environments. */
export function findPython(minor: number): string | undefined {
  const names = [14, 13, 12, 11].filter((one) => one >= minor).map((one) => `python3.${one}`);
  const ofPyenv = globSync(join(homedir(), '.pyenv/versions/3.*/bin/python3'));
  return [...names, 'python3', ...ofPyenv].find((name) => {
    try {
      const script = 'import sys, venv; print(sys.version_info[1])';
      const out = execFileSync(name, ['-c', script], { encoding: 'utf8', stdio: 'pipe' });
      return Number(out) >= minor;
    } catch {
      return false;
    }
  });
}
