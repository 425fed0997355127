import { join } from 'node:path';
import { argv, cpuUsage, memoryUsage, stdout, threadCpuUsage } from 'node:process';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import type { Identity } from '../../service/contract/instance.ts';
import { createLedger } from '../../service/ledger/ledger.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openStore } from '../../service/store/store.ts';
import { makeFolder, removeFolder } from './child.ts';

/*
 * What the ledger costs: `node test/bench/ledger.ts [INSTANCES]`. Instances stand for themselves,
 * without a registry; the store is a real one.
 */
const instances = Number(argv[2] ?? 100_000);
const minute = 60_000;
const downMs = 2 * minute;
const startMs = systemClock.now() - 30 * 24 * 60 * minute;

const folder = makeFolder();
const store = await openStore(
  { dataDir: join(folder, 'data'), maxRecords: 1_000_000, minFreeBytes: 0 },
  { clock: systemClock, log: createLog('silent'), metrics: createMetrics() },
);
const { presences } = store;

const identityOf = (ref: number): Identity => ({
  name: `component-${ref % 100}`,
  version: '1.0',
  instance: `instance-${ref}`,
});
const refOf = ({ instance }: Identity) => Number(instance.slice('instance-'.length));
const open = () =>
  createLedger({
    table: presences,
    identityOf,
    refOf,
    retentionDays: 4_000,
    now: systemClock.now,
  });

const say = (what: string, value: string) => stdout.write(`${what.padEnd(64)} ${value}\n`);
const cpuMs = ({ user, system }: { user: number; system: number }) => (user + system) / 1_000;
const perUnit = (ms: number, units: number) => `${((ms * 1_000) / units).toFixed(2)} µs each`;

async function timed(what: string, units: number, work: () => unknown): Promise<void> {
  const stalls = watchStalls();
  const began = performance.now();
  const [cpu, thread] = [cpuUsage(), threadCpuUsage()];
  await work();
  const ms = performance.now() - began;
  const own = cpuMs(threadCpuUsage(thread));
  const others = cpuMs(cpuUsage(cpu)) - own;
  const spent = `processor: loop ${perUnit(own, units)}, other threads ${perUnit(others, units)}`;
  say(what, `${Math.round(ms)} ms; ${spent}; longest stall ${stalls.stop()} ms`);
}

/** The longest time in which no timer could run. */
function watchStalls() {
  let last = performance.now();
  let longest = 0;
  const note = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(note, 1);
  return {
    stop() {
      note();
      clearInterval(timer);
      return Math.round(longest);
    },
  };
}

function beats(count: number, timeOf: (n: number) => number, instanceOf: (n: number) => number) {
  return Array.from({ length: count }, (_, n): [number, Heartbeat] => {
    const ref = instanceOf(n);
    return [ref, { ...identityOf(ref), timestampMs: timeOf(n), receivedAtMs: startMs }];
  });
}

let ledger = open();
const record = (all: [number, Heartbeat][]) => {
  for (const [ref, beat] of all) ledger.record(ref, beat, downMs);
};

function rounds(round: number): [number, Heartbeat][] {
  return beats(
    instances,
    () => startMs + round * minute,
    (n) => n,
  );
}

globalThis.gc?.();
const first = rounds(0);
const before = memoryUsage();
await timed('record: first heartbeat of each', instances, () => record(first));
const after = memoryUsage();
const grown = after.arrayBuffers - before.arrayBuffers;
say('memory', `${(grown / instances).toFixed(0)} bytes of columns an instance (room for growth)`);
await timed('checkpoint: all new', instances, () => ledger.checkpoint());
const second = rounds(1);
await timed('record: heartbeats that extend', instances, () => record(second));
await timed('record: the same again', instances, () => record(second));
await timed('checkpoint: all extended', instances, () => ledger.checkpoint());
const tenth = rounds(2).filter((_, n) => n % 10 === 0);
record(tenth);
await timed('checkpoint: every tenth extended', tenth.length, () => ledger.checkpoint());
ledger = open();
const third = rounds(3);
record(third);
await timed('checkpoint: all extended, after a restart', instances, () => ledger.checkpoint());

const million = 1_000_000;
const hour = 60 * minute;
/** A replay of old heartbeats, in portions as a reader of the outbox would bring them. */
async function replay(what: string, all: [number, Heartbeat][]): Promise<void> {
  await timed(`replay of ${all.length} old heartbeats: ${what}`, all.length, async () => {
    for (let at = 0; at < all.length; at += 100_000) {
      record(all.slice(at, at + 100_000));
      await ledger.checkpoint();
    }
  });
}
const inOrder = (n: number) => startMs - 10_000 * hour + n * minute;
const shuffled = (n: number) => startMs - 10_000 * hour - (((n * 7_919) % million) + 1) * minute;
await replay(
  'one instance, in order',
  beats(million, inOrder, () => 0),
);
await replay(
  'one instance, shuffled',
  beats(million, shuffled, () => 1),
);
const sparse = (n: number) => startMs - 20_000 * hour + Math.floor(n / 1_000) * hour;
await replay(
  '1,000 instances, a presence each',
  beats(million, sparse, (n) => n % 1_000),
);
await store.close();
removeFolder(folder);
