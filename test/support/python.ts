import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';

/** A Python on this machine: its version, and the path of its program. */
export type Python = { readonly version: string; readonly program: string };

/** The Pythons of the system and of pyenv that run, one of each minor version. */
export function findPythons(): Python[] {
  const programs = [
    ...['/usr/bin/python3', '/usr/bin/python2', '/usr/local/bin/python3'],
    ...globSync(
      `${process.env['PYENV_ROOT'] ?? `${process.env['HOME']}/.pyenv`}/versions/*/bin/python`,
    ),
  ];
  const found = new Map<string, Python>();
  for (const program of programs.filter((one) => existsSync(one))) {
    const version = versionOf(program);
    if (version !== undefined && !found.has(version)) found.set(version, { version, program });
  }
  return [...found.values()];
}

function versionOf(program: string): string | undefined {
  try {
    const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
    return execFileSync(program, ['-c', code], { encoding: 'utf8', timeout: 10_000 }).trim();
  } catch {
    return undefined;
  }
}
