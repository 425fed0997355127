import { type Command, InvalidArgumentError, Option } from 'commander';
import { receiptSchema } from '../../contract/api/heartbeat.ts';
import { safeLine } from '../output/safe-text.ts';
import { examples, openSession, type RemoteOptions, withRemote } from '../remote/options.ts';

/** What is done to one instance. */
export function addInstanceCommands(program: Command): void {
  addSend(program);
  addRetire(program);
}

type SendOptions = RemoteOptions & {
  interval?: number;
  timestamp?: string;
  stopping?: true;
  meta?: Record<string, string>;
};

function addSend(program: Command): void {
  const command = withIdentity(program.command('send').description('send one heartbeat'))
    .option('--interval <seconds>', 'until the next one, as promised', interval)
    .option('--timestamp <time>', 'when it was alive; default: now')
    .option('--stopping', 'say goodbye: it ends on purpose')
    .addOption(
      new Option('--meta <key=value...>', 'goes along to Monasca').argParser(
        (text, before: Record<string, string> | undefined) => ({ ...before, ...pair(text) }),
      ),
    );
  withRemote(command).action(
    async (name: string, version: string, instance: string, options: SendOptions) => {
      const { remote, screen } = openSession(options);
      const { timestamp, meta } = options;
      const status = options.stopping ? 'stopping' : undefined;
      const body = { name, version, instance, interval: options.interval, timestamp, status, meta };
      await remote.ask({ method: 'POST', path: '/api/v1/heartbeats', body }, receiptSchema);
      await screen.write('The heartbeat is on disk.\n');
    },
  );
  examples(command, [
    'ge-heartbeat send Orion 3.10.1 orion-1 --interval 30',
    'ge-heartbeat send Orion 3.10.1 orion-1 --stopping',
  ]);
}

function addRetire(program: Command): void {
  const command = withIdentity(
    program.command('retire').description('take an instance out: it is gone on purpose, no alarm'),
  );
  withRemote(command).action(
    async (name: string, version: string, instance: string, options: RemoteOptions) => {
      const { remote, screen } = openSession(options);
      const place = [name, version, instance].map(encodeURIComponent).join('/');
      await remote.tell({ method: 'DELETE', path: `/api/v1/instances/${place}` });
      await screen.write(`${safeLine(`${name} ${version} ${instance}`)} is retired.\n`);
    },
  );
  examples(command, ['ge-heartbeat retire Orion 3.10.1 orion-1']);
}

const withIdentity = (command: Command): Command =>
  command
    .argument('<name>', 'of the component')
    .argument('<version>', 'of the component')
    .argument('<instance>', 'which container, pod or machine');

function interval(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('Expected a number of seconds.');
}

function pair(text: string): Record<string, string> {
  const at = text.indexOf('=');
  if (at > 0) return { [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('Expected key=value.');
}
