import { readFileSync } from 'node:fs';

/** Linux counts a process's CPU time in ticks of this many a second, whatever its real clock. */
const ticksPerSecond = 100;

/** User and system time of all threads so far. */
export const cpuSeconds = (pid: number): number => cpuSecondsIn(`/proc/${pid}/stat`);

/** The same of the main thread alone. */
export const mainThreadCpuSeconds = (pid: number): number =>
  cpuSecondsIn(`/proc/${pid}/task/${pid}/stat`);

function cpuSecondsIn(path: string): number {
  const stat = readFileSync(path, 'latin1');
  // The command, in parentheses, may hold spaces: fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The time that all cores together were busy since the machine started. */
export function machineCpuSeconds(): number {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'latin1')
    .slice(3, 200)
    .trim()
    .split(/\s+/)
    .map(Number);
  const busy = [user, nice, system, irq, softirq, steal].reduce(
    (sum, ticks = 0) => (sum ?? 0) + ticks,
    0,
  );
  return (busy ?? 0) / ticksPerSecond;
}

export type Memory = {
  readonly rssMb: number;
  /** Without what is mapped from files: some 70 MB of Node's own program, shared by all of them. */
  readonly anonymousMb: number;
  readonly peakMb: number;
};

/** Resident memory now and its highest value so far, in MB of 10^6 bytes. */
export function memory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const megabytes = (key: string) =>
    (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return {
    rssMb: megabytes('VmRSS'),
    anonymousMb: megabytes('RssAnon'),
    peakMb: megabytes('VmHWM'),
  };
}
