import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LogLine } from '../recorded-log.ts';

/** User of the image, and of the pod. */
const user = 10_001;
const namespace = ['--mount', '--propagation', 'private'];

const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/**
 * Runs a command as the manifests do: as the user of the image, without capabilities, on a file system
 * of which only two folders can be written. `$1` is the folder with `app`, `data` and `backup`; the
 * command follows. The mounts are those of the namespace alone.
 */
const enter = `
  set -e
  place=$1; shift
  mount --bind "$REPOSITORY" "$place/app"
  for folder in data backup; do mount --bind "$place/$folder" "$place/$folder"; done
  mounts=$(cat /proc/self/mounts)
  printf '%s\\n' "$mounts" | while read -r _ target type _; do
    case "$target" in "$place/data" | "$place/backup") continue ;; esac
    case "$type" in proc | sysfs | devpts | devtmpfs | cgroup* | mqueue) continue ;; esac
    mount -o remount,bind,ro "$(printf '%b' "$target")"
  done
  cd "$place/app"
  exec setpriv --reuid ${user} --regid ${user} --clear-groups --inh-caps=-all --ambient-caps=-all \\
    --bounding-set=-all --no-new-privs -- "$@"`;

/** Programs of util-linux that the sandbox needs. */
export const sandboxPrograms = ['unshare', 'mount', 'setpriv'];

/** Whether the kernel permits the namespace, its mounts and the user to this process. */
export function canEnterSandbox(): boolean {
  const attempt = `mount -o remount,bind,ro / && setpriv --reuid ${user} --clear-groups true`;
  const { status } = spawnSync('unshare', [...namespace, 'sh', '-c', attempt]);
  return status === 0;
}

export type Sandbox = {
  /** The folders that the service can write. */
  readonly dataDir: string;
  readonly backupDir: string;
  /** Starts `ge-heartbeat` with these arguments. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): SandboxProcess;
  /** Removes the folders. */
  remove(): void;
};

export type SandboxProcess = {
  readonly lines: readonly LogLine[];
  /** URL at which it listens; rejects when it ends before. */
  readonly listening: Promise<string>;
  readonly exited: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Greatest memory that it has used, in bytes. */
  peakBytes(): number;
  kill(signal: NodeJS.Signals): void;
};

export function createSandbox(): Sandbox {
  const place = mkdtempSync(join(tmpdir(), 'sandbox-'));
  chmodSync(place, 0o755);
  mkdirSync(join(place, 'app'));
  const [dataDir, backupDir] = ['data', 'backup'].map((name) => {
    const folder = join(place, name);
    mkdirSync(folder);
    chownSync(folder, user, user);
    return folder;
  });
  return {
    dataDir: String(dataDir),
    backupDir: String(backupDir),
    start: (args, env = {}) => start(place, args, { HEARTBEAT_DATA_DIR: String(dataDir), ...env }),
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** The path of Node within the sandbox: that of the repository lies in a folder of its own there. */
function nodeIn(place: string): string {
  const below = relative(repository, process.execPath);
  return below.startsWith('..') ? process.execPath : join(place, 'app', below);
}

function start(
  place: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): SandboxProcess {
  const command = [nodeIn(place), 'service/cli.ts', ...args];
  const child = spawn('unshare', [...namespace, 'sh', '-c', enter, 'sh', place, ...command], {
    env: { PATH: process.env['PATH'], REPOSITORY: repository, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: LogLine[] = [];
  const texts: string[] = [];
  const listening = Promise.withResolvers<string>();
  listening.promise.catch(() => undefined);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      texts.push(text);
      if (!text.startsWith('{')) return;
      const line: LogLine = JSON.parse(text);
      lines.push(line);
      if (line.msg === 'listening') listening.resolve(String(line['url']));
    });
  }
  const exited = once(child, 'close').then(() => {
    const output = texts.join('\n');
    listening.reject(new Error(`the process ended: ${output}`));
    return { code: child.exitCode, output };
  });
  return {
    lines,
    listening: listening.promise,
    exited,
    peakBytes() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1_024;
    },
    kill: (signal) => void child.kill(signal),
  };
}
