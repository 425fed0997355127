import closeWithGrace from 'close-with-grace';
import { configExitCode, formatProblem, formatProblems } from '../config/problem.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { lockDataFolder, UnusableDataFolder } from '../store/file/data-folder.ts';
import { Agent } from './agent.ts';
import { type AgentSources, loadAgent } from './config/load.ts';
import type { AgentSettings } from './config/settings.ts';

/** Time after which a stop ends the process. */
const maxStopMs = 15_000;

/**
 * Runs the agent until a signal ends it; SIGHUP reloads its files. Exit codes as those of the
 * service: 0 stopped, 78 the configuration is invalid, 1 anything else.
 */
export async function runAgent(sources: AgentSources): Promise<void> {
  const loaded = loadAgent(sources);
  if (loaded.kind === 'problems') {
    process.stderr.write(formatProblems(loaded.problems));
    process.exitCode = configExitCode;
    return;
  }
  const { settings } = loaded;
  const log = createLog(settings.logLevel);
  const lock = lockFolder(settings.spool.folder, log);
  if (!lock) return;
  const agent = new Agent(settings, { clock: systemClock, log });
  const started = Promise.withResolvers<void>();
  process.on(
    'SIGHUP',
    () => void started.promise.then(() => reload(agent, settings, sources, log)),
  );
  closeWithGrace(
    { delay: maxStopMs, skip: ['SIGHUP'], logger: { error: (error) => log.error({ error }) } },
    async ({ err, signal }) => {
      if (signal) log.info({ signal }, 'stopping');
      else log.fatal({ error: err }, 'a bug: the process ends');
      await started.promise;
      await agent.stop();
      lock.close();
      if (!signal) process.exit(1);
    },
  );
  await agent.start();
  started.resolve();
}

/** The lock of the folder, so that two agents do not send the same heartbeats; undefined if it fails. */
function lockFolder(folder: string, log: Log): { close(): void } | undefined {
  try {
    return lockDataFolder(folder);
  } catch (error) {
    if (!(error instanceof UnusableDataFolder)) throw error;
    log.fatal(
      { folder, detail: error.message },
      'the spool folder cannot be used: set spool.folder',
    );
    process.exitCode = 1;
    return undefined;
  }
}

/** All or nothing: with a problem the agent continues as it is. */
function reload(agent: Agent, first: AgentSettings, sources: AgentSources, log: Log): void {
  const loaded = loadAgent(sources);
  const problems =
    loaded.kind === 'problems'
      ? loaded.problems.map(formatProblem)
      : spoolProblems(first.spool, loaded.settings.spool);
  if (loaded.kind === 'problems' || problems.length > 0) {
    log.error(
      { problems },
      'the configuration has problems: the agent continues with the previous one',
    );
    return;
  }
  agent
    .reload(loaded.settings)
    .catch((error: unknown) => log.fatal({ error }, 'the reload failed'));
}

const spoolProblems = (
  before: AgentSettings['spool'],
  { folder, maxBytes }: AgentSettings['spool'],
): string[] =>
  folder === before.folder && maxBytes === before.maxBytes
    ? []
    : ['spool: changed; expected a restart of the agent'];
