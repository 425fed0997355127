import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Cores to which server and load are bound, so that neither uses the other's time. */
export type Cores = { readonly server: number; readonly load: number };

/** Returns undefined where binding is impossible: on one core, or without `taskset`. */
export function chooseCores(): Cores | undefined {
  if (spawnSync('taskset', ['--version']).error) return undefined;
  const [server, load] = allowedCores();
  return server === undefined || load === undefined ? undefined : { server, load };
}

/** Returns the command line that runs `command` on one core. */
export function onCore(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command];
}

function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(
    readFileSync('/proc/self/status', 'latin1'),
  )?.[1];
  return (list ?? '').split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
