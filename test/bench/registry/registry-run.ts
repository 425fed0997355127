import { argv } from 'node:process';
import type { Identity } from '../../../service/contract/instance.ts';
import { createRegistry, type Registry } from '../../../service/registry/registry.ts';
import { memory } from '../machine/process-stats.ts';
import { identityJson } from './identities.ts';

/**
 * One measurement of the registry, as a process of its own: `node registry-run.ts INSTANCES`.
 * Prints a `RegistryRun` as JSON. A fleet sends heartbeats every 30 s, always in the same order.
 * Time is simulated, so a second takes as long as its work.
 */
export type RegistryRun = {
  readonly heartbeatNs: number;
  readonly shuffledHeartbeatNs: number;
  /** Evaluation of a second without due instances: alone, and after heartbeats fill the caches. */
  readonly evaluationUs: number;
  readonly evaluationAfterHeartbeatsUs: number;
  /** Longest evaluation of a second in which some instances are absent, and its cost for each. */
  readonly longestEvaluationMs: number;
  readonly absentNs: number;
  readonly memoryMb: number;
  readonly processMb: number;
};

const intervalSeconds = 30;
const lateMs = 60_000;
const absentPerSecond = 50;
const portion = 1_000;

const [instancesText = '10000'] = argv.slice(2);
const instances = Number(instancesText);

/** Identity as parsed from a body: new strings, without cached hashes. */
const parsed = (number: number): Identity => JSON.parse(identityJson(number));

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
      clockOffsetMs: 0,
    });
    registry.schedule(ref, lateMs);
  }
  return registry;
}

let seq = instances;

/** CPU time of this thread, which other processes distort less than the clock. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Returns the CPU milliseconds in the registry for a heartbeat of each of these instances. */
function receive(registry: Registry, identities: readonly Identity[], nowMs: number): number {
  const startMs = cpuMs();
  for (const identity of identities) {
    const ref = registry.find(identity);
    if (ref === undefined) throw new Error('an instance is unknown');
    registry.touch(ref, nowMs, nowMs, ++seq);
    registry.schedule(ref, nowMs + lateMs);
  }
  return cpuMs() - startMs;
}

/** Lowest mean of five rounds, each of all instances or more. */
function heartbeatNs(registry: Registry, stride: number): number {
  const rounds = Array.from({ length: 5 }, () => {
    let tookMs = 0;
    const heartbeats = Math.max(instances, 200_000);
    for (let from = 0; from < heartbeats; from += portion) {
      const identities = Array.from({ length: portion }, (_, index) =>
        parsed(((from + index) * stride) % instances),
      );
      tookMs += receive(registry, identities, 1_000 + from / portion);
    }
    return (tookMs * 1e6) / heartbeats;
  });
  return Math.min(...rounds);
}

/**
 * Simulates two minutes, in each second of which `absent` instances send their last heartbeat.
 * Returns the milliseconds of each evaluation in the second minute, ascending.
 */
function evaluationsMs(registry: Registry, fromMs: number, absent: number): number[] {
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
      receive(registry, all.filter((number) => !ended.has(number)).map(parsed), nowMs);
    }
    for (let n = 0; n < absent; n++) ended.add(first + ((second * 31 + n * 7) % perSecond));
    const startMs = performance.now();
    for (const ref of registry.takeDue(nowMs)) registry.setState(ref, 'late', nowMs);
    took.push(performance.now() - startMs);
  }
  return took.slice(60).toSorted((a, b) => a - b);
}

/** Microseconds per second of evaluations, ten a second, in 28 s without due instances. */
function evaluationAloneUs(registry: Registry, fromMs: number): number {
  const startMs = performance.now();
  for (let step = 1; step <= 280; step++) {
    if (registry.takeDue(fromMs + step * 100).length > 0) throw new Error('an instance was due');
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

const inOrder = heartbeatNs(registry, 1);
const shuffled = heartbeatNs(registry, 7_919);
const withoutAbsent = middle(evaluationsMs(registry, 1e7, 0));
const alone = evaluationAloneUs(registry, 1e7 + 119_000);
const withAbsent = evaluationsMs(registry, 1e7 + 150_000, absentPerSecond);
const run: RegistryRun = {
  heartbeatNs: inOrder,
  shuffledHeartbeatNs: shuffled,
  evaluationUs: alone,
  evaluationAfterHeartbeatsUs: withoutAbsent * 1_000,
  longestEvaluationMs: withAbsent.at(-1) ?? Number.NaN,
  absentNs: ((middle(withAbsent) - withoutAbsent) / absentPerSecond) * 1e6,
  memoryMb: after - before,
  processMb: after,
};
console.log(JSON.stringify(run));
