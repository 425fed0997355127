import { argv, cpuUsage, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fleetSize, type Request, stampNow, stampUnique } from './fleet.ts';
import { createHistogram } from './histogram.ts';
import { type LaneEvents, openLane, type RawRoute } from './lane.ts';
import { type LoadFailure, type LoadPlan, type LoadResult, loadPlan } from './load-plan.ts';
import { closedLoop, countLoop, type Loop, openLoop } from './loop.ts';
import { cpuSeconds, machineCpuSeconds, memory } from './process-stats.ts';

/**
 * The load, as a process of its own: `node load.ts PLAN`, where PLAN is the JSON of a `LoadPlan`.
 * Prints a `LoadResult` or a `LoadFailure` as JSON. It talks over bare sockets with requests that are rendered
 * beforehand, because it must cost less than the server that it is to saturate.
 */
async function run(plan: LoadPlan): Promise<LoadResult | LoadFailure> {
  const { mode } = plan;
  const histogram = createHistogram();
  const statuses: Record<string, number> = {};
  const ended = Promise.withResolvers<string | undefined>();
  const loop = loopOf(plan, () => ended.resolve(undefined));
  let phase: 'warming' | 'measured' | 'over' = mode.kind === 'count' ? 'measured' : 'warming';

  const rawRoutes = await openLanes(plan, {
    stamp: stampOf(plan),
    answered(rawRoute, status, latencyMs) {
      if (phase === 'over') return;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (phase === 'measured') histogram.record(latencyMs);
      loop.free(rawRoute);
    },
    failed: (reason) => ended.resolve(reason),
  });
  for (const rawRoute of rawRoutes) loop.free(rawRoute);
  if (mode.kind !== 'count') await Promise.race([pause(mode.warmupSeconds), ended.promise]);
  phase = 'measured';
  const readMeter = startMeter(plan.serverPid);
  const pauses = mode.kind === 'count' ? [] : [pause(mode.seconds)];
  const failure = await Promise.race([...pauses, ended.promise]);
  phase = 'over';
  const unsent = loop.unsent();
  const metered = failure === undefined ? readMeter() : undefined;
  loop.stop();
  for (const rawRoute of rawRoutes) rawRoute.close();
  if (metered === undefined) return { failure: failure ?? '', statuses };

  return {
    requests: histogram.count,
    p50Ms: histogram.quantile(0.5),
    p99Ms: histogram.quantile(0.99),
    maxMs: histogram.maxMs,
    statuses,
    unsent,
    ...metered,
  };
}

async function openLanes(plan: LoadPlan, events: LaneEvents): Promise<RawRoute[]> {
  const rawRoutes: RawRoute[] = [];
  for (let index = 0; index < plan.connections; index++) {
    rawRoutes.push(await openLane(plan, index, events));
  }
  return rawRoutes;
}

/** The connections keep the process alive; when they are gone, nothing is left to wait for. */
const pause = (seconds: number) => delay(seconds * 1000, undefined, { ref: false });

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
