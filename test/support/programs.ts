import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, it } from '@jest/globals';

/** Debian packages of the programs that have another name than their package. */
const debianPackages = new Map([
  ['amtool', 'prometheus-alertmanager'],
  ['keystone-manage', 'keystone'],
  ['ksh93', 'ksh93u+m'],
  ['monasca', 'python3-monascaclient'],
  ['openstack', 'python3-openstackclient'],
  ['promtool', 'prometheus'],
  ['systemd-analyze', 'systemd'],
  ['uwsgi', 'uwsgi-core'],
  ['uwsgi_python3', 'uwsgi-plugin-python3'],
]);

/** Variables that name the file of a program, which the tests run instead of the installed one. */
const variables = new Map([
  ['keystone-manage', 'KEYSTONE_MANAGE'],
  ['prometheus', 'PROMETHEUS'],
  ['prometheus-alertmanager', 'ALERTMANAGER'],
]);
/** Tools, each with the program in whose folder it is. */
const companions = new Map([
  ['amtool', 'prometheus-alertmanager'],
  ['promtool', 'prometheus'],
]);

/**
 * The full path of a program, or undefined where this machine has none of that name. Throws if a
 * variable names a file that is no program: tests of another version than the wanted one prove nothing.
 */
export function findProgram(name: string): string | undefined {
  const companion = companions.get(name);
  const variable = variables.get(companion ?? name) ?? '';
  const chosen = process.env[variable] ?? '';
  if (chosen === '') return findOnPath(name);
  const path = companion === undefined ? chosen : join(dirname(chosen), name);
  if (isProgram(path)) return path;
  throw new Error(`${variable} is ${chosen}, and ${path} is no program`);
}

function findOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  // Servers are in sbin, which is not on the path of an ordinary user.
  return [...folders, '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find(isProgram);
}

/**
 * `describe` for tests that run real programs. If one is missing, the tests are skipped with a line
 * that names it; with `CI=true` they fail, because a skipped test there stays unnoticed.
 */
export function describeWith(programs: string[], title: string, body: () => void): void {
  describeUnless(missing(programs), title, body);
}

/** `describe` for tests that need root: for a small disk, or an immutable file. */
export function describeAsRoot(programs: string[], title: string, body: () => void): void {
  describeUnless([...missing(programs), ...(isRoot() ? [] : ['the rights of root'])], title, body);
}

/** `describe`; where something is lacking, the tests are skipped or fail as with `describeWith`. */
export function describeUnless(lacking: readonly string[], title: string, body: () => void): void {
  const complaint = `${title}: missing ${lacking.join(', ')}`;
  if (lacking.length === 0) {
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

const missing = (programs: readonly string[]): string[] =>
  programs.filter((name) => findProgram(name) === undefined).map(withPackage);

/** Has CAP_SYS_ADMIN and CAP_LINUX_IMMUTABLE, which the root of a container often lacks. */
function isRoot(): boolean {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1] ?? '0'}`);
    const wanted = (1n << 21n) | (1n << 9n);
    return (effective & wanted) === wanted;
  } catch {
    return false;
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
