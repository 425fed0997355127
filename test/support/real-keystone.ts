import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';
import { freePort } from './test-server.ts';

/*
 * The real Keystone, from Debian's package `keystone` or from a virtual environment of Python, in a
 * temporary folder and on a free port. Nothing of the machine's own configuration is read or written.
 */

export const keystonePrograms = ['keystone-manage', 'uwsgi_python3'];

export type KeystoneSettings = {
  /** How long tokens live. */
  readonly tokenSeconds: number;
  /** After three wrong passwords. */
  readonly lockoutSeconds: number;
};

export type RealKeystone = {
  /** Without `/v3`. */
  readonly url: string;
  readonly adminPassword: string;
  /** Stops it and starts it again on the same data, with other settings. */
  restart(settings: KeystoneSettings): Promise<void>;
  /** Makes a new key; after two calls earlier tokens are invalid. */
  rotateKeys(): Promise<void>;
  stop(): Promise<void>;
};

const adminPassword = 'admin-secret';

/** Rejects when `abandoned` aborts, and then leaves no process and no folder. */
export async function startRealKeystone(
  settings: KeystoneSettings,
  abandoned: AbortSignal,
): Promise<RealKeystone> {
  const folder = await mkdtemp(join(tmpdir(), 'real-keystone-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { manage, owner } = await createManage(folder, abandoned);

  const prepare = async () => {
    await mkdir(join(folder, 'fernet'), { mode: 0o700 });
    await mkdir(join(folder, 'credential'), { mode: 0o700 });
    await writeFile(configPath(folder), config(folder, settings));
    await all([manage('db_sync'), manage('fernet_setup', ...owner)]);
    await all([
      manage('credential_setup', ...owner),
      manage('bootstrap', '--bootstrap-password', adminPassword, ...bootstrapWords(url)),
    ]);
    // In SQLite's default mode two processes soon find the database locked.
    const database = new DatabaseSync(join(folder, 'keystone.db'));
    database.exec('PRAGMA journal_mode = WAL');
    database.close();
  };

  let server: ChildProcess;
  try {
    await prepare();
    server = await serve(folder, port, abandoned);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url,
    adminPassword,
    async restart(changed) {
      await end(server);
      await writeFile(configPath(folder), config(folder, changed));
      server = await serve(folder, port, abandoned);
    },
    rotateKeys: async () => {
      await manage('fernet_rotate', ...owner);
    },
    async stop() {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for all commands, also when one fails: the others still write to the folder. */
async function all(commands: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(commands);
  await Promise.all(commands);
}

/** Keystone's own command, and its arguments that make the current user own the keys. */
async function createManage(folder: string, signal: AbortSignal) {
  const run = promisify(execFile);
  const group = (await run('id', ['-gn'])).stdout.trim();
  const command = programPath('keystone-manage');
  return {
    manage: async (...words: string[]) => {
      const running = run(command, ['--config-file', configPath(folder), ...words], { signal });
      // It rejects as soon as the signal is sent, before the command has ended.
      await running.finally(() => end(running.child));
    },
    owner: ['--keystone-user', userInfo().username, '--keystone-group', group],
  };
}

function config(folder: string, { tokenSeconds, lockoutSeconds }: KeystoneSettings): string {
  return `
[DEFAULT]
log_file = ${join(folder, 'keystone.log')}
[database]
connection = sqlite:///${join(folder, 'keystone.db')}
[token]
provider = fernet
expiration = ${tokenSeconds}
allow_expired_window = 0
[fernet_tokens]
key_repository = ${join(folder, 'fernet')}
max_active_keys = 3
[fernet_receipts]
key_repository = ${join(folder, 'fernet')}
[credential]
key_repository = ${join(folder, 'credential')}
[cache]
enabled = false
[identity]
password_hash_rounds = 4
[security_compliance]
lockout_failure_attempts = 3
lockout_duration = ${lockoutSeconds}
`;
}

function bootstrapWords(url: string): string[] {
  const words = {
    username: 'admin',
    'project-name': 'admin',
    'role-name': 'admin',
    'service-name': 'keystone',
    'region-id': 'RegionOne',
    'public-url': `${url}/v3`,
    'internal-url': `${url}/v3`,
    'admin-url': `${url}/v3`,
  };
  return Object.entries(words).flatMap(([name, value]) => [`--bootstrap-${name}`, value]);
}

/**
 * How uwsgi loads Keystone: a script beside `keystone-manage`, or in newer releases, which have no
 * such script, a module.
 */
function wsgiEntry(): string[] {
  const programs = dirname(programPath('keystone-manage'));
  const environment = dirname(programs);
  const isVirtual = existsSync(join(environment, 'pyvenv.cfg'));
  const script = join(programs, 'keystone-wsgi-public');
  return [
    ...(isVirtual ? ['--virtualenv', environment] : []),
    ...(existsSync(script) ? ['--wsgi-file', script] : ['--module', 'keystone.wsgi.api']),
  ];
}

/** Starts the server; resolves once it answers. */
async function serve(folder: string, port: number, abandoned: AbortSignal): Promise<ChildProcess> {
  abandoned.throwIfAborted();
  const log = join(folder, 'uwsgi.log');
  const server = spawn(
    programPath('uwsgi_python3'),
    [
      ['--http-socket', `127.0.0.1:${port}`],
      wsgiEntry(),
      ['--master', '--die-on-term', '--no-orphans', '--lazy-apps', '--enable-threads'],
      ['--processes', '1', '--buffer-size', '65535', '--logto', log],
      // uwsgi closes kept connections without warning, so it has to say that it does not keep them.
      ['--add-header', 'Connection: close'],
    ].flat(),
    { stdio: 'ignore', env: { ...process.env, OS_KEYSTONE_CONFIG_FILES: configPath(folder) } },
  );
  const giveUpAt = Date.now() + 40_000;
  for (;;) {
    const isReady = await fetch(`http://127.0.0.1:${port}/v3`, { signal: abandoned })
      .then(async (answer) => (await answer.text()) !== '' && answer.ok)
      .catch(() => false);
    if (isReady) return server;
    if (server.exitCode !== null || abandoned.aborted || Date.now() > giveUpAt) {
      await end(server);
      abandoned.throwIfAborted();
      throw new Error(`Keystone does not start:\n${await readFile(log, 'utf8')}`);
    }
    await delay(100);
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const kill = setTimeout(() => server.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}

function configPath(folder: string): string {
  return join(folder, 'keystone.conf');
}

function programPath(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
