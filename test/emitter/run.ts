import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { findProgram } from '../support/programs.ts';

export const script = resolve('emitter/GE_Heartbeat.sh');

/** The shells that the emitter must run under, as commands. */
export const shells = ['dash', 'bash', 'busybox ash'];

/** Programs that the emitter calls; a machine has them from GNU or from busybox. */
const tools = 'cksum date ln mkdir mv od readlink rm sha256sum sleep'.split(' ');

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

/** Runs the emitter with this environment and a path. */
export function runEmitter(
  shell: string,
  env: Record<string, string>,
  options: { args?: string[]; cwd?: string; onStart?: (pid: number) => void } = {},
): Promise<Run> {
  const [program = '', ...args] = shell.split(' ');
  return runProgram(findProgram(program) ?? program, [...args, script, ...(options.args ?? [])], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
  });
}

export function runProgram(
  program: string,
  args: string[],
  {
    onStart,
    ...options
  }: {
    env?: Record<string, string>;
    cwd?: string;
    onStart?: (pid: number) => void;
  } = {},
): Promise<Run> {
  return new Promise((settle, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) onStart?.(child.pid);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => settle({ exitCode, out, err }));
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
