import { cpuSeconds, memory } from './machine/process-stats.ts';
import { closedPlan, measure, medianOf, requestsPerSecond } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { progress } from './report/progress.ts';
import { atLeast, atMost, type Section } from './report/report.ts';
import { fillBacklog, waitForBacklog } from './servers/backlog.ts';
import {
  chooseOpenStack,
  countMeasurements,
  mockExists,
  type OpenStack,
  openStackSettings,
  startMock,
} from './servers/openstack.ts';
import { type Server, serviceExists, startServer } from './servers/server.ts';

const title = 'Delivery of the backlog after an outage';

/** Delivery rate once Keystone and Monasca are available again. */
export async function drain(options: BenchOptions): Promise<Section> {
  if (!serviceExists() || !mockExists()) {
    const notes = ['Skipped: it needs service/main.ts and monasca-mock/main.ts.'];
    return { name: 'drain', title, rows: [], targets: [], notes };
  }
  const single = await singleRate(options);
  const openStack = await chooseOpenStack();
  const server = await startServer('ours', {
    core: options.serverCore,
    parent: options.folder,
    profileTo: options.profileTo,
    // A long back-off would only prolong the bench.
    env: { ...openStackSettings(openStack), HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '1000' },
  });
  try {
    const records = await fillBacklog(server, options.records ?? 300_000, options);
    const drained = await drainTo(openStack, server, records, options);
    const { rate } = drained;
    return {
      name: 'drain',
      title,
      rows: [
        {
          records,
          'in Monasca': drained.measurements,
          'records/s': rate,
          'single ingest/s': single,
          '× single ingest': rate / single,
          'MB before': drained.filledMb,
          'peak MB': drained.peakMb,
          'service CPU µs/record': (drained.serviceCpu / drained.left) * 1e6,
          'service busy': share(drained.serviceCpu / drained.seconds),
          'mock busy': share(drained.mockCpu / drained.seconds),
          'seconds until the first batch': drained.untilFirst,
        },
      ],
      targets: [
        atLeast('drain × single ingest', rate / single, 1),
        atMost('measurements missing in Monasca', records - drained.measurements, 0),
      ],
      notes: [
        'The rate counts from the first delivered batch; the time before it is the back-off of the outage. A fully busy mock limits the rate.',
      ],
    };
  } finally {
    await server.stop();
  }
}

async function singleRate(options: BenchOptions): Promise<number> {
  const plan = closedPlan(64, 1, options.seconds);
  const load = { name: 'single ingest for comparison', title: '', plan };
  const rounds = await measure(load, { ...options, servers: ['ours'], profileTo: undefined });
  return medianOf(rounds, 'ours', requestsPerSecond);
}

async function drainTo(
  openStack: OpenStack,
  server: Server,
  records: number,
  { loadCore }: BenchOptions,
) {
  await waitForBacklog(server, 30, (count) => count === records);
  const filledMb = memory(server.child.pid).rssMb;
  const mock = await startMock(openStack, loadCore);
  try {
    progress(`delivering ${records} records`);
    const availableMs = performance.now();
    // The rate excludes the records delivered before the first sample with progress.
    const left = await waitForBacklog(server, 120, (count) => count < records);
    const startMs = performance.now();
    const cpu = { service: cpuSeconds(server.child.pid), mock: cpuSeconds(mock.pid) };
    await waitForBacklog(server, 300, (count) => count === 0);
    const seconds = (performance.now() - startMs) / 1000;
    return {
      filledMb,
      seconds,
      left,
      rate: left / seconds,
      untilFirst: (startMs - availableMs) / 1000,
      serviceCpu: cpuSeconds(server.child.pid) - cpu.service,
      mockCpu: cpuSeconds(mock.pid) - cpu.mock,
      peakMb: memory(server.child.pid).peakMb,
      measurements: await countMeasurements(openStack),
    };
  } finally {
    await mock.stop();
  }
}

const share = (value: number): string => `${Math.round(value * 100)} %`;
