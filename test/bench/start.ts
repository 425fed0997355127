import { memory } from './machine/process-stats.ts';
import type { BenchOptions } from './options.ts';
import { progress } from './report/progress.ts';
import { atMost, type Section } from './report/report.ts';
import { backlogRecords, fillBacklog } from './servers/backlog.ts';
import { chooseOpenStack, openStackSettings } from './servers/openstack.ts';
import { type Server, serviceExists, startServer } from './servers/server.ts';

const title = 'Start with records in the outbox';

/** Fills the outbox while Monasca is unavailable, then restarts the service on the same data. */
export async function start(options: BenchOptions): Promise<Section> {
  if (!serviceExists()) {
    return {
      name: 'start',
      title,
      rows: [],
      targets: [],
      notes: ['Skipped: no service/main.ts.'],
    };
  }
  const env = {
    ...openStackSettings(await chooseOpenStack()),
    HEARTBEAT_STOP_DRAIN_SECONDS: '0',
  };
  const serverOptions = { core: options.serverCore, parent: options.folder, env };

  const filled = await startServer('ours', serverOptions);
  const folder = filled.child.folder;
  await fillBacklog(filled, options.records ?? 1_000_000, options);
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
      atMost('start: seconds until ready', slowest, 2),
      atMost('memory with the records in the outbox, MB', largest, 150),
    ],
    notes: [
      'The process of the first row started with an empty folder and received batches of 10,000.',
    ],
  };
}

async function stateOf(state: string, server: Server) {
  const { rssMb, anonymousMb, peakMb } = memory(server.child.pid);
  return {
    state,
    'seconds until ready': server.readyAfterMs / 1000,
    'records in the outbox': await backlogRecords(server),
    'MB now': rssMb,
    'not shared': anonymousMb,
    'peak MB': peakMb,
  };
}
