import { spawn } from 'node:child_process';
import type { TargetConfig } from '../../config/sections/relays/relays.ts';
import { defined } from '../../contract/defined.ts';
import type { EmissionTarget } from './target.ts';

type CommandTargetConfig = Extract<TargetConfig, { type: 'command' }>;

/** Most characters of its error output that are kept. */
const maxErrorText = 500;

/**
 * Runs a local program, without a shell; exit code 0 is success. It gets none of the variables of the
 * service, which may be secrets, except PATH, HOME and TZ. When the signal aborts, it is killed with
 * every process that it has started.
 */
export function createCommandTarget(
  { command }: CommandTargetConfig,
  relay: string,
): EmissionTarget {
  const [program = '', ...args] = command;
  const { PATH, HOME, TZ } = process.env;
  const env = { ...defined({ PATH, HOME, TZ }), HEARTBEAT_RELAY: relay };
  return {
    emit: (signal) => runProgram(program, args, env, signal),
    close: () => undefined,
  };
}

function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  if (signal.aborted) return Promise.resolve('aborted');
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let errorText = '';
  const kill = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const end = (failure: string | undefined) => {
    signal.removeEventListener('abort', kill);
    resolve(failure);
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-maxErrorText);
  });
  child.once('error', (error) => end(error.message));
  child.once('exit', (code, killedBy) => {
    child.stderr.destroy();
    if (code === 0) return end(undefined);
    const status = code === null ? `ended by ${killedBy}` : `exit code ${code}`;
    end(errorText.trim() === '' ? status : `${status}: ${errorText.trim()}`);
  });
  signal.addEventListener('abort', kill, { once: true });
  return promise;
}
