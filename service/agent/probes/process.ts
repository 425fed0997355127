import { readFile } from 'node:fs/promises';
import { codeOf, errorText, notOk, ok, type Probe, type ProbeResult, unknown } from './probe.ts';

export type ProcessProbeOptions = {
  readonly pidFile: string;
  /** Name of the process as the kernel has it, at most 15 characters. */
  readonly processName?: string | undefined;
};

/**
 * A process that runs, by the number in its pid file. With its name, a process that has got the
 * number of a dead one does not count.
 */
export function createProcessProbe({ pidFile, processName }: ProcessProbeOptions): Probe {
  return async () => {
    try {
      const text = (await readFile(pidFile, 'utf8')).trim();
      const pid = /^\d{1,9}$/.test(text) ? Number(text) : 0;
      if (pid === 0) return unknown(`${pidFile} has no process number`);
      return isRunning(pid) ? await judge(pid, processName) : notOk(`no process ${pid}`);
    } catch (error) {
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
      return isMissing ? notOk('the pid file does not exist') : unknown(errorText(error));
    }
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    // A process of another user.
    if (codeOf(error) === 'EPERM') return true;
    throw error;
  }
}

/** `/proc/<pid>/stat` is `<pid> (<name>) <state> …`, and the name may contain anything. */
async function judge(pid: number, wanted: string | undefined): Promise<ProbeResult> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return notOk(`no process ${pid}`);
    if (codeOf(error) !== 'ENOENT') throw error;
    // Without /proc the state and the name are not known.
    if (wanted === undefined) return ok;
    return isRunning(pid) ? unknown('/proc is not available') : notOk(`no process ${pid}`);
  }
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const state = text.slice(text.lastIndexOf(')') + 2)[0] ?? '';
  if (state === 'Z' || state === 'X') return notOk(`process ${pid} has ended`);
  if (wanted === undefined || name === wanted.slice(0, 15)) return ok;
  return notOk(`process ${pid} is ${name}`);
}
