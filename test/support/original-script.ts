import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { findProgram } from './programs.ts';

/** Programs that the script needs, for `describeWith`. */
export const originalScriptPrograms = ['bash', 'curl', 'cat', 'date', 'sed'];

const containerId = '4f1c'.repeat(16);

/** The identity that the script sends from the container that the test simulates. */
export const originalBeat = { ID: containerId, Enabler_ID: 'Orange', Enabler_Version: '1.0' };

export type OriginalRun = {
  readonly exitCode: number | null;
  /** The text of its `GE_heartbeat_log`; empty if there is none. */
  readonly log: string;
};

/**
 * Runs the original client, unchanged, in a folder of its own. It posts to a fixed address and
 * reads its instance from `/proc/self/cgroup`: a `curl` and a `cat` earlier on its path turn the
 * former into `targetUrl` and the latter into `cgroup`, so that it does the same on every machine.
 */
export async function runOriginalScript(
  targetUrl: string,
  cgroup = `2:cpuset:/docker/${containerId}\n1:cpu:/docker/${containerId}\n`,
): Promise<OriginalRun> {
  const folder = await mkdtemp(join(tmpdir(), 'original-script-'));
  try {
    await writeFile(join(folder, 'cgroup'), cgroup);
    await replaceWord(folder, 'curl', 'http://localhost:8080/beat', targetUrl);
    await replaceWord(folder, 'cat', '/proc/self/cgroup', join(folder, 'cgroup'));
    const exitCode = await run(folder);
    const log = await readFile(join(folder, 'GE_heartbeat_log'), 'utf8').catch(() => '');
    return { exitCode, log };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a program that runs `name` with one argument replaced. */
async function replaceWord(folder: string, name: string, from: string, to: string): Promise<void> {
  const lines = [
    '#!/bin/bash',
    'words=()',
    `for word in "$@"; do [ "$word" = ${quote(from)} ] && word=${quote(to)}; words+=("$word"); done`,
    `exec ${quote(findProgram(name) ?? name)} "\${words[@]}"`,
  ];
  await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  await chmod(join(folder, name), 0o755);
}

function run(folder: string): Promise<number | null> {
  const script =
    process.env['HEARTBEAT_ORIGINAL_SCRIPT'] ?? 'test/fixtures/original/GE_Heartbeat.sh';
  const env = { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  return new Promise((settle, reject) => {
    const child = spawn('bash', [resolve(script)], { cwd: folder, env, stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', settle);
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
