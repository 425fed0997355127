import { spawn } from 'node:child_process';
import { errorText, line, notOk, ok, type Probe, unknown } from './probe.ts';

/** How a command ended, with the beginning of its output. */
export type CommandResult =
  | { readonly kind: 'ended'; readonly code: number; readonly output: string }
  | { readonly kind: 'failed'; readonly message: string };

const maxOutput = 16_384;

/** Time to read what is left in the pipes of a command that has ended. */
const outputGraceMs = 200;

/** Variables of the agent that are none of the command's business. */
const secretVariables = /^(HEARTBEAT_TOKEN|HEARTBEAT_AMQP_URL|RABBITMQ_PASS)$/;

/**
 * Runs a command without a shell and without standard input. When the signal aborts, it is killed
 * with all processes that it has started.
 */
export function runCommand(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !secretVariables.test(name)),
    );
    // A group of its own, so that the whole group can be killed.
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (output.length < maxOutput) output += text;
      });
    }
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    const end = (result: CommandResult) => {
      signal.removeEventListener('abort', kill);
      resolve(result);
    };
    child.once('error', (error) => end({ kind: 'failed', message: errorText(error) }));
    child.once('exit', (code, by) => {
      const finish = () => {
        clearTimeout(late);
        child.stdout.destroy();
        child.stderr.destroy();
        if (code === null) end({ kind: 'failed', message: `ended by ${by}` });
        else end({ kind: 'ended', code, output: output.slice(0, maxOutput) });
      };
      // A process that it leaves behind may keep the pipes open.
      const late = setTimeout(finish, outputGraceMs);
      child.once('close', finish);
    });
  });
}

/**
 * A command that exits with 0. Exit code 3 is `unknown`, as in Nagios plugins, and so is a command
 * that cannot run (126, 127, a signal): it has checked nothing.
 */
export function createCommandProbe(command: readonly string[]): Probe {
  return async (signal) => {
    const result = await runCommand(command, signal);
    if (result.kind === 'failed') return unknown(result.message);
    const { code, output } = result;
    if (code === 0) return ok;
    const first = line(output);
    const message = first === '' ? `exit code ${code}` : `exit code ${code}: ${first}`;
    return code === 3 || code >= 126 ? unknown(message) : notOk(message);
  };
}
