import { argv, cpuUsage, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, machineCpuSeconds, memory } from '../machine/process-stats.ts';
import { Latencies } from './latencies.ts';
import { type LoadFailure, type LoadPlan, type LoadResult, loadPlan } from './load-plan.ts';
import { closedLoop, countLoop, type Loop, openLoop } from './loop.ts';
import { fleetSize, type HeartbeatRequest, stampNow, stampUnique } from './request.ts';
import { openSender, type Sender, type SenderEvents } from './sender.ts';

/**
 * The load, as a process of its own: `node load.ts PLAN`, where PLAN is the JSON of a `LoadPlan`.
 * Prints a `LoadResult` or a `LoadFailure` as JSON. It writes rendered requests to bare sockets,
 * because it must cost less than the server that it saturates.
 */
async function run(plan: LoadPlan): Promise<LoadResult | LoadFailure> {
  const { mode } = plan;
  const latencies = new Latencies();
  const statuses: Record<string, number> = {};
  const ended = Promise.withResolvers<string | undefined>();
  const loop = loopOf(plan, () => ended.resolve(undefined));
  let phase: 'warm-up' | 'measured' | 'over' = mode.kind === 'count' ? 'measured' : 'warm-up';

  const senders = await openSenders(plan, {
    stamp: stampOf(plan),
    responded(sender, status, latencyMs) {
      if (phase === 'over') return;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (phase === 'measured') latencies.record(latencyMs);
      loop.ready(sender);
    },
    failed: (reason) => ended.resolve(reason),
  });
  for (const sender of senders) loop.ready(sender);
  if (mode.kind !== 'count') await Promise.race([pause(mode.warmupSeconds), ended.promise]);
  phase = 'measured';
  const readMeter = startMeter(plan.serverPid);
  const pauses = mode.kind === 'count' ? [] : [pause(mode.seconds)];
  const failure = await Promise.race([...pauses, ended.promise]);
  phase = 'over';
  const unsent = loop.unsent();
  const metered = failure === undefined ? readMeter() : undefined;
  loop.stop();
  for (const sender of senders) sender.close();
  if (metered === undefined) return { failure: failure ?? '', statuses };

  return {
    requests: latencies.count,
    p50Ms: latencies.percentileMs(50),
    p99Ms: latencies.percentileMs(99),
    maxMs: latencies.maxMs,
    statuses,
    unsent,
    ...metered,
  };
}

async function openSenders(plan: LoadPlan, events: SenderEvents): Promise<Sender[]> {
  const senders: Sender[] = [];
  for (let index = 0; index < plan.connections; index++) {
    senders.push(await openSender(plan, index, events));
  }
  return senders;
}

/** The process stays alive through its connections, and ends without them. */
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

function stampOf({ mode, batch }: LoadPlan): (request: HeartbeatRequest) => void {
  if (mode.kind !== 'count') return (request) => stampNow(request, Date.now());
  // The newest heartbeat is about as old as the start of the load; all others are older.
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

const result = await run(loadPlan.parse(JSON.parse(argv[2] ?? ''))).catch((error: unknown) => ({
  failure: error instanceof Error ? error.message : String(error),
  statuses: {},
}));
stdout.write(`${JSON.stringify(result)}\n`);
