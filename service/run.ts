import closeWithGrace from 'close-with-grace';
import { startApp } from './app.ts';
import { loadConfig } from './config/load.ts';
import { configExitCode, formatProblems } from './config/problem.ts';
import { createLog } from './runtime/log.ts';
import { UnusableDataFolder } from './store/data-folder.ts';

/** The port is taken, the address is not ours: what `listen` fails with. */
const isListenError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'syscall' in error && error.syscall === 'listen';

/**
 * Runs the service until a signal ends it. Exit codes: 0 stopped, 78 the configuration is wrong,
 * 1 anything else. A second signal ends it at once: what was acknowledged is on disk.
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
  try {
    const app = await startApp(config, log);
    closeWithGrace(
      { delay: (config.stop.drainSeconds * 2 + 5) * 1_000 },
      async ({ err, signal }) => {
        if (err)
          log.fatal({ error: err }, 'a bug: the process ends, what was acknowledged is on disk');
        else log.info({ signal }, 'stopping');
        await app.stop();
      },
    );
  } catch (error) {
    if (!(error instanceof UnusableDataFolder) && !isListenError(error)) throw error;
    log.fatal(error.message);
    process.exitCode = 1;
  }
}
