import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../options.ts';

/** Facts about the machine that figures depend on. */
export type Machine = {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  readonly binding: string;
  readonly fsyncMs: number;
  readonly memoryDisk: boolean;
  readonly loadAverage: number;
};

const probe = fileURLToPath(new URL('fsync-probe.ts', import.meta.url));

export function describeMachine({
  serverCore,
  loadCore,
  folder = tmpdir(),
}: BenchOptions): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    binding:
      serverCore === undefined
        ? 'server and load share the cores (--unbound, no taskset, or one core only)'
        : `server on core ${serverCore}, load on core ${loadCore}`,
    fsyncMs: fsyncMs(folder, {}),
    memoryDisk: isMemoryDisk(folder),
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}

export function renderMachine(machine: Machine): string {
  const { date, cpu, cores, kernel, node, binding, fsyncMs, memoryDisk, loadAverage } = machine;
  return [
    `${date}, ${cores} × ${cpu}, Linux ${kernel}, Node ${node}; ${binding}.`,
    `fdatasync of 4 KiB: ${fsyncMs.toFixed(2)} ms${memoryDisk ? ' (in memory: durability costs nothing here, choose another --folder)' : ''}; load average at the start: ${loadAverage.toFixed(1)}.`,
  ].join('\n');
}

/** Median milliseconds of a durable write of 4 KiB, in a process with the given environment. */
export function fsyncMs(folder: string, env: Readonly<Record<string, string>>): number {
  const options = { env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  return Number(execFileSync(process.execPath, [probe, folder], options));
}

const tmpfsMagic = 0x01021994;

const isMemoryDisk = (folder: string): boolean => statfsSync(folder).type === tmpfsMagic;
