import closeWithGrace from 'close-with-grace';
import { reloadedFiles } from './access/reload.ts';
import { type App, startApp } from './app.ts';
import { loadConfig } from './config/load.ts';
import { configExitCode, formatProblems } from './config/problem.ts';
import type { Config } from './config/schema.ts';
import { createLog } from './runtime/log.ts';
import { StoreUnavailable } from './store/failure.ts';
import { UnusableDataFolder } from './store/file/data-folder.ts';

/**
 * Runs the service until a signal ends it. Exit codes: 0 stopped, 78 the configuration is invalid,
 * 1 anything else. A second signal ends it at once: acknowledged heartbeats are on disk.
 *
 * Signal handlers are installed before the start: the first process of a container has no default
 * handlers, and would ignore a signal during a long start.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const loaded = loadConfig({ env: process.env, argv });
  if (loaded.kind === 'problems') {
    process.stderr.write(formatProblems(loaded.problems));
    process.exitCode = configExitCode;
    return;
  }
  const { config } = loaded;
  const log = createLog(config.log.level);
  for (const note of loaded.notes) log.warn(note, 'a variable without effect');
  const started = Promise.withResolvers<App | undefined>();
  const delayMs = (config.stop.drainSeconds * 2 + 5) * 1_000;
  // Without files to reload SIGHUP ends the service, as is usual.
  const isReloadable = reloadedFiles(config).length > 0;
  if (isReloadable) {
    process.on('SIGHUP', () => void started.promise.then((app) => app?.reload()));
  }
  const grace = closeWithGrace(
    {
      delay: delayMs,
      skip: isReloadable ? ['SIGHUP'] : [],
      logger: { error: (error) => log.error({ error }, 'the stop failed') },
      onSecondSignal: (signal) => log.warn({ signal }, 'a second signal: the process ends at once'),
      onSecondError: (error) => log.fatal({ error }, 'a second bug: the process ends at once'),
      onTimeout: () => log.error({ delayMs }, 'the stop takes too long: the process ends'),
    },
    async ({ err, signal }) => {
      if (signal) log.info({ signal }, 'stopping');
      else log.fatal({ error: err }, bug);
      const app = await started.promise;
      await app?.stop();
      // close-with-grace would exit with 0 after a rejection without a value.
      if (!signal) process.exit(1);
    },
  );
  try {
    started.resolve(await startApp(config, log));
  } catch (error) {
    grace.uninstall();
    started.resolve(undefined);
    if (isOutside(error)) log.fatal(startFailure(error, config));
    else log.fatal({ error }, bug);
    process.exitCode = 1;
  }
}

const bug = 'a bug: the process ends, acknowledged heartbeats are on disk';

/** Causes outside the program: the data folder, the port, the name of the host. */
const isOutside = (error: unknown): error is Error =>
  error instanceof UnusableDataFolder ||
  error instanceof StoreUnavailable ||
  (error instanceof Error &&
    'syscall' in error &&
    (error.syscall === 'listen' || error.syscall === 'getaddrinfo'));

function startFailure(error: Error, { http, profiles }: Config): string {
  if (!('syscall' in error)) return error.message;
  const port = 'port' in error ? error.port : undefined;
  const names = ['hbtd', 'lvmbeat'] as const;
  const name = names.find((one) => profiles[one].enabled && profiles[one].port === port);
  const server = name === undefined ? http : { ...http, ...profiles[name] };
  const [path, variable] =
    name === undefined
      ? ['http', 'HEARTBEAT_HTTP']
      : [`profiles.${name}`, `HEARTBEAT_PROFILES_${name.toUpperCase()}`];
  return (
    `${error.message}. The service cannot listen on ${server.host}, port ${server.port}: set ${path}.host and ` +
    `${path}.port (${variable}_HOST, ${variable}_PORT) to a free address of this machine.`
  );
}
