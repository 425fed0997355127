import { readFileSync } from 'node:fs';

/** Unit in which Linux reports CPU time, independent of its real clock. */
const ticksPerSecond = 100;

/** User and system time of all threads of a process so far. */
export const cpuSeconds = (pid: number): number => cpuSecondsIn(`/proc/${pid}/stat`);

/** User and system time of its main thread so far. */
export const mainThreadCpuSeconds = (pid: number): number =>
  cpuSecondsIn(`/proc/${pid}/task/${pid}/stat`);

function cpuSecondsIn(path: string): number {
  const stat = readFileSync(path, 'latin1');
  // The command, in parentheses, can contain spaces: fields are counted after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Busy time of all cores together since the machine started. */
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
  /** Without mapped files: about 70 MB of Node's own program, which all its processes share. */
  readonly anonymousMb: number;
  readonly peakMb: number;
};

/** Resident memory of a process now and at most so far, in MB of 10^6 bytes. */
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
