import { join } from 'node:path';
import { argv, cpuUsage, memoryUsage, stdout, threadCpuUsage } from 'node:process';
import type { Heartbeat } from '../../../service/contract/heartbeat.ts';
import type { Identity } from '../../../service/contract/instance.ts';
import { createLedger } from '../../../service/ledger/ledger.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { makeFolder, removeFolder } from '../servers/child.ts';
import { openDataFolder } from '../servers/open-data-folder.ts';

/*
 * Cost of the ledger: `node test/bench/registry/ledger.ts [INSTANCES]`. The store is a real one,
 * and the number of an instance replaces the registry.
 */
const instances = Number(argv[2] ?? 100_000);
const million = 1_000_000;
const minute = 60_000;
const hour = 60 * minute;
const downMs = 2 * minute;
const startMs = systemClock.now() - 30 * 24 * hour;

const folder = makeFolder();
const store = await openDataFolder(join(folder, 'data'), million);

const identityOf = (ref: number): Identity => ({
  name: `component-${ref % 100}`,
  version: '1.0',
  instance: `instance-${ref}`,
});
const refOf = ({ instance }: Identity) => Number(instance.slice('instance-'.length));
const openLedger = () =>
  createLedger({
    table: store.presences,
    identityOf,
    refOf,
    retentionDays: 4_000,
    now: systemClock.now,
  });

type Received = [ref: number, heartbeat: Heartbeat];

function heartbeats(
  count: number,
  timeOf: (n: number) => number,
  refOf: (n: number) => number,
): Received[] {
  return Array.from({ length: count }, (_, n): Received => {
    const ref = refOf(n);
    return [ref, { ...identityOf(ref), timestampMs: timeOf(n), receivedAtMs: startMs }];
  });
}

/** A heartbeat of each instance, `minutes` after the start. */
const fleetAfter = (minutes: number): Received[] =>
  heartbeats(
    instances,
    () => startMs + minutes * minute,
    (n) => n,
  );

const print = (name: string, value: string) => stdout.write(`${name.padEnd(64)} ${value}\n`);
const cpuMs = ({ user, system }: { user: number; system: number }) => (user + system) / 1_000;
const perUnit = (ms: number, units: number) => `${((ms * 1_000) / units).toFixed(2)} µs each`;

async function timed(name: string, units: number, work: () => unknown): Promise<void> {
  const stalls = measureStalls();
  const startedMs = performance.now();
  const [cpu, thread] = [cpuUsage(), threadCpuUsage()];
  await work();
  const ms = performance.now() - startedMs;
  const own = cpuMs(threadCpuUsage(thread));
  const others = cpuMs(cpuUsage(cpu)) - own;
  const cost = `CPU: main thread ${perUnit(own, units)}, other threads ${perUnit(others, units)}`;
  print(name, `${Math.round(ms)} ms; ${cost}; longest stall ${stalls.stop()} ms`);
}

/** Measures the longest time in which no timer ran. */
function measureStalls() {
  let lastMs = performance.now();
  let longestMs = 0;
  const sample = () => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  };
  const timer = setInterval(sample, 1);
  return {
    stop() {
      sample();
      clearInterval(timer);
      return Math.round(longestMs);
    },
  };
}

let ledger = openLedger();
const record = (all: readonly Received[]) => {
  for (const [ref, heartbeat] of all) ledger.record(ref, heartbeat, downMs);
};

async function measureFleet(): Promise<void> {
  const first = fleetAfter(0);
  const before = memoryUsage();
  await timed('record: first heartbeat of each', instances, () => record(first));
  const grown = memoryUsage().arrayBuffers - before.arrayBuffers;
  print('memory', `${(grown / instances).toFixed(0)} bytes of columns per instance, with reserve`);
  await timed('checkpoint: all new', instances, () => ledger.checkpoint());
  const second = fleetAfter(1);
  await timed('record: heartbeats that extend', instances, () => record(second));
  await timed('record: the same again', instances, () => record(second));
  await timed('checkpoint: all extended', instances, () => ledger.checkpoint());
  const tenth = fleetAfter(2).filter((_, n) => n % 10 === 0);
  record(tenth);
  await timed('checkpoint: every tenth extended', tenth.length, () => ledger.checkpoint());
  ledger = openLedger();
  record(fleetAfter(3));
  await timed('checkpoint: all extended, after a restart', instances, () => ledger.checkpoint());
}

/** Replays a million old heartbeats in portions, as a reader of the outbox does. */
async function measureReplay(
  name: string,
  timeOf: (n: number) => number,
  refOf: (n: number) => number,
): Promise<void> {
  const all = heartbeats(million, timeOf, refOf);
  await timed(`replay of ${million} old heartbeats: ${name}`, million, async () => {
    for (let from = 0; from < million; from += 100_000) {
      record(all.slice(from, from + 100_000));
      await ledger.checkpoint();
    }
  });
}

const inOrder = (n: number) => startMs - 10_000 * hour + n * minute;
const shuffled = (n: number) => startMs - 10_000 * hour - (((n * 7_919) % million) + 1) * minute;
const hourly = (n: number) => startMs - 20_000 * hour + Math.floor(n / 1_000) * hour;

globalThis.gc?.();
await measureFleet();
await measureReplay('one instance, in order', inOrder, () => 0);
await measureReplay('one instance, shuffled', shuffled, () => 1);
await measureReplay('1,000 instances, a presence each', hourly, (n) => n % 1_000);
await store.close();
removeFolder(folder);
