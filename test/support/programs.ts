import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';

/** Where Debian has the programs whose package is not called as they are. */
const debianPackages = new Map([
  ['keystone-manage', 'keystone'],
  ['monasca', 'python3-monascaclient'],
  ['openstack', 'python3-openstackclient'],
  ['promtool', 'prometheus'],
  ['uwsgi', 'uwsgi-core'],
  ['uwsgi_python3', 'uwsgi-plugin-python3'],
]);

/** The full path of a program, or undefined where this machine has none of that name. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  // Servers live in sbin, which is not on the path of an ordinary user.
  return [...folders, '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find(isProgram);
}

/**
 * `describe` for tests that run real programs. Where one is missing the tests are skipped with a
 * line that says so; with `CI=true` they fail, for there a skipped test would never be noticed.
 */
export function describeWith(programs: string[], title: string, body: () => void): void {
  const missing = programs.filter((name) => findProgram(name) === undefined);
  const complaint = `${title}: missing ${missing.map(withPackage).join(', ')}`;
  if (missing.length === 0) {
    describe(title, body);
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      it('finds the programs it runs', () => {
        throw new Error(complaint);
      });
    });
  } else {
    process.stderr.write(`skipped, ${complaint}\n`);
    describe.skip(title, body);
  }
}

function withPackage(name: string): string {
  return `${name} (Debian package ${debianPackages.get(name) ?? name})`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
