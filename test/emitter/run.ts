import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describeWith, findProgram } from '../support/programs.ts';

export const script = resolve('emitter/GE_Heartbeat.sh');

/** The shells that the emitter must run under, as commands. */
const shells = ['dash', 'bash', 'busybox ash', 'ksh93', 'mksh'];

/** `describe` for each of the shells, with the programs that the tests need beside it. */
export function describeShells(
  title: string,
  programs: string[],
  body: (shell: string) => void,
): void {
  for (const shell of shells) {
    const [program = ''] = shell.split(' ');
    describeWith([program, ...programs], `${title} under ${shell}`, () => body(shell));
  }
}

/** Programs that the emitter calls; a machine has them from GNU or from busybox. */
const tools = 'cksum date head ln mkdir mv od printf readlink rm sha256sum sleep tail wc'.split(
  ' ',
);

/** Place of a state folder in which nothing can be kept, also not by root. */
export const nowhere = '/dev/null/state';

/** Folders of one test, removed at its end. */
export type Scratch = { folder(): Promise<string>; remove(): Promise<void> };

export function createScratch(): Scratch {
  const folders: string[] = [];
  return {
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), 'emitter-'));
      folders.push(folder);
      return folder;
    },
    async remove() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Fills `folder` with links to only the given programs, of which `busybox wget` may be one. */
export async function fillPath(folder: string, clients: string[], kind: 'gnu' | 'busybox') {
  const wanted = [...tools.map((tool) => (kind === 'gnu' ? tool : `busybox ${tool}`)), ...clients];
  for (const command of wanted) {
    const [program = '', applet = program] = command.split(' ');
    const target = findProgram(program);
    if (target === undefined) throw new Error(`there is no ${program}`);
    await symlink(target, join(folder, applet));
  }
  return folder;
}

/** Writes files, by their absolute names, into the folder of a machine's root. */
export async function fillMachine(root: string, files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

export type Run = { readonly exitCode: number | null; readonly out: string; readonly err: string };

type Options = {
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Text on standard input; without it there is none. */
  readonly input?: string;
};

/** Runs the emitter with this environment, a path, and no state folder unless one is given. */
export const runEmitter = (shell: string, env: Record<string, string>, options: Options = {}) =>
  startEmitter(shell, env, options).ended;

export function startEmitter(
  shell: string,
  env: Record<string, string>,
  { args = [], ...options }: Options = {},
): Started {
  const [program = '', ...own] = shell.split(' ');
  return startProgram(findProgram(program) ?? program, [...own, script, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HEARTBEAT_STATE_DIR: nowhere, ...env },
    ...options,
  });
}

export type Started = { readonly pid: number; readonly ended: Promise<Run> };

type ProgramOptions = Omit<Options, 'args'> & { readonly env?: Record<string, string> };

export const runProgram = (program: string, args: string[], options: ProgramOptions = {}) =>
  startProgram(program, args, options).ended;

function startProgram(program: string, args: string[], options: ProgramOptions): Started {
  const { input, ...rest } = options;
  const child = spawn(program, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const ended = new Promise<Run>((settle, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => settle({ exitCode, out, err }));
  });
  return { pid: child.pid ?? 0, ended };
}

/** The processes with this text in their environment. */
export function processesWith(marker: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(marker);
    } catch {
      return false;
    }
  });
}

/** The three required variables. */
export function settings(address: string): Record<string, string> {
  return {
    HEARTBEAT_SERVICE_HOST: address,
    GENERIC_ENABLER_ID: 'Orion',
    GENERIC_ENABLER_VERSION: '3.10.1',
  };
}
