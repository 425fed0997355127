import { closed, measure, requestsPerSecond, typical } from './measure.ts';
import {
  chooseOpenStack,
  countMeasurements,
  mockExists,
  type OpenStack,
  openStackSettings,
  startMock,
} from './openstack.ts';
import type { BenchOptions } from './options.ts';
import { cpuSeconds, memory } from './process-stats.ts';
import { progress } from './progress.ts';
import { atLeast, type Section, withTimeout } from './report.ts';
import { type Server, serviceExists, startServer } from './server.ts';
import { fill, watchWaiting } from './waiting.ts';

const title = 'Draining the backlog of an outage';

/** Records pile up while Keystone and Monasca are away; then they return. */
export async function drain(options: BenchOptions): Promise<Section> {
  if (!serviceExists() || !mockExists()) {
    const notes = ['Left out: it needs service/main.ts and monasca-mock/main.ts.'];
    return { name: 'drain', title, rows: [], targets: [], notes };
  }
  const single = await singleRate(options);
  const openStack = await chooseOpenStack();
  const server = await startServer('ours', {
    core: options.serverCore,
    parent: options.folder,
    profileTo: options.profileTo,
    // An outage of minutes in real life; here nobody wants to wait for the longest back-off.
    env: { ...openStackSettings(openStack), HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '1000' },
  });
  try {
    const records = await fill(server, options.records ?? 300_000, options);
    const seen = await drainTo(openStack, server, records, options);
    const { rate } = seen;
    return {
      name: 'drain',
      title,
      rows: [
        {
          records,
          'in Monasca': seen.measurements,
          'records/s': rate,
          'single ingest/s': single,
          '× single ingest': rate / single,
          'MB while waiting': seen.waitingMb,
          'peak MB': seen.peakMb,
          'service CPU µs/record': (seen.serviceCpu / seen.left) * 1e6,
          'service busy': share(seen.serviceCpu / seen.seconds),
          'mock busy': share(seen.mockCpu / seen.seconds),
          'seconds until the first batch': seen.untilFirst,
        },
      ],
      targets: [
        atLeast('drain × single ingest', rate / single, 1),
        withTimeout('measurements missing in Monasca', records - seen.measurements, 0),
      ],
      notes: [
        'Timed from the first batch that arrived; the wait before it is the back-off of the outage. A mock that is fully busy is what limits the rate.',
      ],
    };
  } finally {
    await server.stop();
  }
}

async function singleRate(options: BenchOptions): Promise<number> {
  const plan = closed(64, 1, options.seconds);
  const load = { name: 'single ingest to compare with', title: '', plan };
  const rounds = await measure(load, { ...options, servers: ['ours'], profileTo: undefined });
  return typical(rounds, 'ours', requestsPerSecond);
}

async function drainTo(
  openStack: OpenStack,
  server: Server,
  records: number,
  { loadCore }: BenchOptions,
) {
  await watchWaiting(server, 30, (waiting) => waiting === records);
  const waitingMb = memory(server.child.pid).rssMb;
  const mock = await startMock(openStack, loadCore);
  try {
    progress(`draining ${records} records`);
    const returnedMs = performance.now();
    // What went before the first sample that shows progress is left out of the rate.
    const left = await watchWaiting(server, 120, (waiting) => waiting < records);
    const startMs = performance.now();
    const cpu = { service: cpuSeconds(server.child.pid), mock: cpuSeconds(mock.pid) };
    await watchWaiting(server, 300, (waiting) => waiting === 0);
    const seconds = (performance.now() - startMs) / 1000;
    return {
      waitingMb,
      seconds,
      left,
      rate: left / seconds,
      untilFirst: (startMs - returnedMs) / 1000,
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
