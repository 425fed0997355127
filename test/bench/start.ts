import { chooseOpenStack, openStackSettings } from './openstack.ts';
import type { BenchOptions } from './options.ts';
import { memory } from './process-stats.ts';
import { progress } from './progress.ts';
import { type Section, withTimeout } from './report.ts';
import { type Server, serviceExists, startServer } from './server.ts';
import { fill, waitingRecords } from './waiting.ts';

const title = 'Starting with records that wait';

/** Fills the outbox while Monasca is away, then starts the service again on the same data. */
export async function start(options: BenchOptions): Promise<Section> {
  if (!serviceExists()) {
    return {
      name: 'start',
      title,
      rows: [],
      targets: [],
      notes: ['Left out: no service/main.ts.'],
    };
  }
  const env = {
    ...openStackSettings(await chooseOpenStack()),
    HEARTBEAT_STOP_DRAIN_SECONDS: '0',
  };
  const serverOptions = { core: options.serverCore, parent: options.folder, env };

  const filled = await startServer('ours', serverOptions);
  const folder = filled.child.folder;
  await fill(filled, options.records ?? 1_000_000, options);
  const rows = [await stateOf('filled, still running', filled)];
  await filled.stop({ keepData: true });

  progress('starting after a stop');
  const stopped = await startServer('ours', { ...serverOptions, folder });
  rows.push(await stateOf('after a stop', stopped));
  await stopped.stop({ signal: 'SIGKILL', keepData: true });

  progress('starting after a kill');
  const killed = await startServer('ours', { ...serverOptions, folder });
  rows.push(await stateOf('after a SIGKILL', killed));
  await killed.stop();

  const slowest = Math.max(...rows.slice(1).map((row) => row['seconds until ready']));
  const largest = Math.max(...rows.map((row) => row['MB now']));
  return {
    name: 'start',
    title,
    rows,
    targets: [
      withTimeout('start: seconds until ready', slowest, 2),
      withTimeout('memory with the records waiting, MB', largest, 150),
    ],
    notes: [
      'The first row started with an empty folder; its peak is that of filling in batches of 10,000.',
    ],
  };
}

async function stateOf(state: string, server: Server) {
  const { rssMb, anonymousMb, peakMb } = memory(server.child.pid);
  return {
    state,
    'seconds until ready': server.readyAfterMs / 1000,
    'records waiting': await waitingRecords(server),
    'MB now': rssMb,
    'of it not shared': anonymousMb,
    'peak MB': peakMb,
  };
}
