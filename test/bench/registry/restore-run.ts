import { argv } from 'node:process';
import type { InstanceRecord } from '../../../service/contract/instance.ts';
import { createRegistry } from '../../../service/registry/registry.ts';
import { instanceStatements } from '../../../service/store/instances.ts';
import { memory } from '../machine/process-stats.ts';
import { openDataFolder } from '../servers/open-data-folder.ts';
import { identityJson } from './identities.ts';

/**
 * `node restore-run.ts write DATA INSTANCES` fills a data folder with the rows of a registry, in
 * portions as a checkpoint does. `node restore-run.ts read DATA` restores a registry from them. Each
 * prints its figures as JSON. Its memory includes the code of the whole service.
 */
export type WriteRun = { readonly seconds: number; readonly longestBuildMs: number };
export type ReadRun = {
  readonly instances: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly processMb: number;
  readonly peakMb: number;
};

const portion = 2_000;

await import('../../../service/app.ts');
const [task, dataDir = '', instancesText] = argv.slice(2);
const store = await openDataFolder(dataDir);
console.log(JSON.stringify(task === 'write' ? await write(Number(instancesText)) : read()));
await store.close();

async function write(instances: number): Promise<WriteRun> {
  const startMs = performance.now();
  let longestBuildMs = 0;
  for (let from = 0; from < instances; from += portion) {
    const records = Array.from({ length: portion }, (_, index) => recordOf(from + index));
    const buildMs = performance.now();
    const stored = store.write(instanceStatements(records));
    longestBuildMs = Math.max(longestBuildMs, performance.now() - buildMs);
    await stored;
  }
  return { seconds: (performance.now() - startMs) / 1_000, longestBuildMs };
}

function recordOf(number: number): InstanceRecord {
  return {
    ...JSON.parse(identityJson(number)),
    id: number + 1,
    state: 'up',
    stateSinceMs: 1_800_000_000_000 + number,
    firstSeenMs: 1_800_000_000_000 + number,
    receivedAtMs: 1_800_000_000_000 + number,
    lastHeardMs: number + 0.25,
    intervalSeconds: 30,
    lastSeq: 1_000_000 + number,
    flags: 0,
    clockOffsetMs: 0,
  };
}

function read(): ReadRun {
  const startMs = performance.now();
  const cpu = process.threadCpuUsage();
  const registry = createRegistry();
  for (const record of store.instances()) {
    registry.schedule(registry.restore(record), record.lastHeardMs + 60_000);
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.threadCpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  const { rssMb, peakMb } = memory(process.pid);
  return { instances: registry.size, seconds, cpuSeconds, processMb: rssMb, peakMb };
}
