import { type Command, InvalidArgumentError, Option } from 'commander';
import { receiptSchema } from '../../contract/api/heartbeat.ts';
import { safeLine } from '../output/safe-text.ts';
import {
  addExamples,
  openContext,
  parsePair,
  type RemoteOptions,
  withRemote,
} from '../remote/options.ts';

type SendOptions = RemoteOptions & {
  interval?: number;
  timestamp?: string;
  stopping?: true;
  meta?: Record<string, string>;
};

/** Commands that change one instance. */
export function addInstanceCommands(program: Command): void {
  const send = withInstance(program.command('send').description('send one heartbeat'))
    .option('--interval <seconds>', 'time until the next heartbeat', parseInterval)
    .option('--timestamp <time>', 'time of the heartbeat; default: now')
    .option('--stopping', 'report that the instance stops on purpose')
    .addOption(
      new Option('--meta <key=value...>', 'metadata, forwarded to Monasca').argParser(
        (text, before: Record<string, string> | undefined) => ({
          ...before,
          ...Object.fromEntries([parsePair(text, 'key=value')]),
        }),
      ),
    );
  withRemote(send).action(
    async (name: string, version: string, instance: string, options: SendOptions) => {
      const { remote, screen } = openContext(options);
      const { interval, timestamp, stopping, meta } = options;
      const status = stopping && 'stopping';
      const body = { name, version, instance, interval, timestamp, status, meta };
      await remote.request({ method: 'POST', path: '/api/v1/heartbeats', body }, receiptSchema);
      await screen.write('The heartbeat is on disk.\n');
    },
  );
  addExamples(send, [
    'ge-heartbeat send Orion 3.10.1 orion-1 --interval 30',
    'ge-heartbeat send Orion 3.10.1 orion-1 --stopping',
  ]);

  const retire = withInstance(
    program
      .command('retire')
      .description('retire an instance that ended on purpose; no notification is sent'),
  );
  withRemote(retire).action(
    async (name: string, version: string, instance: string, options: RemoteOptions) => {
      const { remote, screen } = openContext(options);
      const identity = [name, version, instance];
      const path = `/api/v1/instances/${identity.map(encodeURIComponent).join('/')}`;
      await remote.command({ method: 'DELETE', path });
      await screen.write(`${safeLine(identity.join(' '))} is retired.\n`);
    },
  );
  addExamples(retire, ['ge-heartbeat retire Orion 3.10.1 orion-1']);
}

const withInstance = (command: Command): Command =>
  command
    .argument('<name>', 'name of the component')
    .argument('<version>', 'version of the component')
    .argument('<instance>', 'container, pod or machine that runs the component');

function parseInterval(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a number of seconds.');
}
