import { argv } from 'node:process';
import type { Identity } from '../../../service/contract/instance.ts';
import { createRegistry, type Registry } from '../../../service/registry/registry.ts';
import { memory } from '../machine/process-stats.ts';
import { identityText } from './identities.ts';

/**
 * One measurement of the registry, in a process of its own: `node registry-run.ts INSTANCES`.
 * Prints a `RegistryRun` as JSON. A fleet beats every 30 s, always in the same order. Time is
 * played, so a second takes as long as its work.
 */
export type RegistryRun = {
  readonly beatNs: number;
  readonly shuffledBeatNs: number;
  /** One second passing while all are well, alone, and between heartbeats, which fill the caches. */
  readonly tickUs: number;
  readonly tickAmongBeatsUs: number;
  /** One second passing in which some fall silent; the longest of them, and what each costs. */
  readonly longestTickMs: number;
  readonly silentNs: number;
  readonly memoryMb: number;
  readonly processMb: number;
};

const intervalSeconds = 30;
const lateMs = 60_000;
const silentPerSecond = 50;
const portion = 1_000;

const [instancesText = '10000'] = argv.slice(2);
const instances = Number(instancesText);

/** As it comes out of a body: new strings each time, whose hashes nobody knows yet. */
const parsed = (number: number): Identity => JSON.parse(identityText(number));

function filled(): Registry {
  const registry = createRegistry();
  for (let number = 0; number < instances; number++) {
    const ref = registry.add({
      ...parsed(number),
      id: number + 1,
      state: 'up',
      stateSinceMs: 0,
      firstSeenMs: 0,
      receivedAtMs: 0,
      lastHeardMs: 0,
      intervalSeconds,
      lastSeq: number + 1,
      flags: 0,
    });
    registry.schedule(ref, lateMs);
  }
  return registry;
}

let seq = instances;

/** Of this thread: what others do to the machine counts less than it would by the clock. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Returns the milliseconds that the registry took for the heartbeats of these instances. */
function beat(registry: Registry, who: readonly Identity[], nowMs: number): number {
  const startMs = cpuMs();
  for (const identity of who) {
    const ref = registry.find(identity);
    if (ref === undefined) throw new Error('an instance is unknown');
    registry.touch(ref, nowMs, nowMs, ++seq);
    registry.schedule(ref, nowMs + lateMs);
  }
  return cpuMs() - startMs;
}

/** The best of some rounds, each of all instances or more. */
function beatNs(registry: Registry, stride: number): number {
  const rounds = Array.from({ length: 5 }, () => {
    let tookMs = 0;
    const beats = Math.max(instances, 200_000);
    for (let from = 0; from < beats; from += portion) {
      const who = Array.from({ length: portion }, (_, index) =>
        parsed(((from + index) * stride) % instances),
      );
      tookMs += beat(registry, who, 1_000 + from / portion);
    }
    return (tookMs * 1e6) / beats;
  });
  return Math.min(...rounds);
}

/**
 * Plays two minutes, in each second of which `silent` instances send their last heartbeat; returns
 * how long each second of the latter one took, the shortest first.
 */
function ticks(registry: Registry, fromMs: number, silent: number): number[] {
  const perSecond = Math.ceil(instances / intervalSeconds);
  const ended = new Set<number>();
  const took: number[] = [];
  for (let second = 0; second < 120; second++) {
    const nowMs = fromMs + second * 1_000;
    const first = (second % intervalSeconds) * perSecond;
    const end = Math.min(first + perSecond, instances);
    for (let from = first; from < end; from += portion) {
      const length = Math.min(portion, end - from);
      const all = Array.from({ length }, (_, index) => from + index);
      beat(registry, all.filter((number) => !ended.has(number)).map(parsed), nowMs);
    }
    for (let n = 0; n < silent; n++) ended.add(first + ((second * 31 + n * 7) % perSecond));
    const startMs = performance.now();
    for (const ref of registry.takeDue(nowMs)) registry.setState(ref, 'late', nowMs);
    took.push(performance.now() - startMs);
  }
  return took.slice(60).toSorted((a, b) => a - b);
}

/** No instance is due before 30 s have passed; in each second the service looks ten times. */
function tickAloneUs(registry: Registry, fromMs: number): number {
  const startMs = performance.now();
  for (let step = 1; step <= 280; step++) {
    if (registry.takeDue(fromMs + step * 100).length > 0) throw new Error('one was due');
  }
  return ((performance.now() - startMs) / 28) * 1_000;
}

const collect = () => globalThis.gc?.();
const middle = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

parsed(0);
collect();
const before = memory(process.pid).rssMb;
const registry = filled();
collect();
const after = memory(process.pid).rssMb;

const inOrder = beatNs(registry, 1);
const shuffled = beatNs(registry, 7_919);
const well = middle(ticks(registry, 1e7, 0));
const alone = tickAloneUs(registry, 1e7 + 119_000);
const silent = ticks(registry, 1e7 + 150_000, silentPerSecond);
const run: RegistryRun = {
  beatNs: inOrder,
  shuffledBeatNs: shuffled,
  tickUs: alone,
  tickAmongBeatsUs: well * 1_000,
  longestTickMs: silent.at(-1) ?? Number.NaN,
  silentNs: ((middle(silent) - well) / silentPerSecond) * 1e6,
  memoryMb: after - before,
  processMb: after,
};
console.log(JSON.stringify(run));
