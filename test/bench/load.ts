import { argv, cpuUsage, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fleetSize, type Request, stampNow, stampUnique } from './fleet.ts';
import { createHistogram } from './histogram.ts';
import { type Lane, openLane } from './lane.ts';
import { type LoadPlan, type LoadResult, loadPlan } from './load-plan.ts';
import { closedLoop, countLoop, type Loop, openLoop } from './loop.ts';
import { cpuSeconds, machineCpuSeconds, memory } from './process-stats.ts';

/**
 * The load, as a process of its own: `node load.ts PLAN`, where PLAN is the JSON of a `LoadPlan`.
 * Prints a `LoadResult` as JSON. It talks over bare sockets with requests that are rendered
 * beforehand, because it must cost less than the server that it is to saturate.
 */
async function run(plan: LoadPlan): Promise<LoadResult> {
  const { mode } = plan;
  const histogram = createHistogram();
  const statuses: Record<string, number> = {};
  const ended = Promise.withResolvers<string | undefined>();
  const loop = loopOf(plan, () => ended.resolve(undefined));
  let measuring = mode.kind === 'count';
  let over = false;

  const stamp = stampOf(plan);
  const lanes: Lane[] = [];
  for (let index = 0; index < plan.connections; index++) {
    const lane = await openLane(plan, index, {
      stamp,
      answered(lane, status, latencyMs) {
        if (over) return;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (measuring) histogram.record(latencyMs);
        loop.free(lane);
      },
      failed: (reason) => ended.resolve(reason),
    });
    lanes.push(lane);
  }

  for (const lane of lanes) loop.free(lane);
  if (mode.kind !== 'count') await Promise.race([delay(mode.warmupSeconds * 1000), ended.promise]);
  measuring = true;
  const readMeter = startMeter(plan.serverPid);
  const failure = await (mode.kind === 'count'
    ? ended.promise
    : Promise.race([delay(mode.seconds * 1000, undefined), ended.promise]));
  over = true;
  const metered = readMeter();
  const unsent = loop.unsent();
  loop.stop();
  for (const lane of lanes) lane.close();

  return {
    requests: histogram.count,
    p50Ms: histogram.quantile(0.5),
    p99Ms: histogram.quantile(0.99),
    maxMs: histogram.maxMs,
    statuses,
    unsent,
    ...metered,
    ...(failure === undefined ? {} : { failure }),
  };
}

function loopOf({ mode, connections }: LoadPlan, done: () => void): Loop {
  switch (mode.kind) {
    case 'closed':
      return closedLoop();
    case 'open':
      return openLoop(mode.ratePerSecond);
    case 'count':
      return countLoop(mode.requests, connections, done);
  }
}

function stampOf({ mode, batch }: LoadPlan): (request: Request) => void {
  if (mode.kind !== 'count') return (request) => stampNow(request, Date.now());
  // The newest heartbeat is about as old as the start of the load; the others lie before it.
  const baseMs = Date.now() - Math.ceil((mode.requests * batch) / fleetSize);
  let sent = 0;
  return (request) => {
    stampUnique(request, baseMs, sent);
    sent += batch;
  };
}

/** Starts to measure the cost to both sides; the returned function reads it. */
function startMeter(serverPid: number) {
  const startMs = performance.now();
  const own = cpuUsage();
  const server = cpuSeconds(serverPid);
  const machine = machineCpuSeconds();
  return () => {
    const { user, system } = cpuUsage(own);
    const loadCpuSeconds = (user + system) / 1e6;
    const serverCpuSeconds = cpuSeconds(serverPid) - server;
    const others = machineCpuSeconds() - machine - loadCpuSeconds - serverCpuSeconds;
    return {
      seconds: (performance.now() - startMs) / 1000,
      serverCpuSeconds,
      loadCpuSeconds,
      otherCpuSeconds: Math.max(0, others),
      serverPeakMb: memory(serverPid).peakMb,
    };
  };
}

const result = await run(loadPlan.parse(JSON.parse(argv[2] ?? '')));
stdout.write(`${JSON.stringify(result)}\n`);
