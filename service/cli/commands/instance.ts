import { InvalidArgumentError } from 'commander';
import { receiptSchema } from '../../contract/api/heartbeat.ts';
import { type CliCommand, type CommandContext, parsePair } from '../command.ts';
import { safeLine } from '../output/safe-text.ts';

type SendOptions = {
  interval?: number;
  timestamp?: string;
  stopping?: true;
  meta?: Record<string, string>;
};

/** Commands that change one instance. */
export function addInstanceCommands(program: CliCommand): void {
  withIdentity(program.command('send').description('send one heartbeat'))
    .option('--interval <seconds>', 'time until the next heartbeat', parseInterval)
    .option('--timestamp <time>', 'time of the heartbeat; default: now')
    .option('--stopping', 'report that the instance stops on purpose')
    .option('--meta <key=value...>', 'metadata, forwarded to Monasca', parseMeta)
    .onService(send)
    .examples(
      'ge-heartbeat send Orion 3.10.1 orion-1 --interval 30',
      'ge-heartbeat send Orion 3.10.1 orion-1 --stopping',
    );
  withIdentity(program.command('retire'))
    .description('retire an instance that ended on purpose; no notification is sent')
    .onService(retire)
    .examples('ge-heartbeat retire Orion 3.10.1 orion-1');
}

const withIdentity = (command: CliCommand): CliCommand =>
  command
    .argument('<name>', 'name of the component')
    .argument('<version>', 'version of the component')
    .argument('<instance>', 'container, pod or machine that runs the component');

async function send(
  { remote, screen, options }: CommandContext<SendOptions>,
  name: string,
  version: string,
  instance: string,
): Promise<void> {
  const { interval, timestamp, stopping, meta } = options;
  const status = stopping && 'stopping';
  const body = { name, version, instance, interval, timestamp, status, meta };
  await remote.request({ method: 'POST', path: '/api/v1/heartbeats', body }, receiptSchema);
  await screen.write('The heartbeat is on disk.\n');
}

async function retire(
  { remote, screen }: CommandContext,
  name: string,
  version: string,
  instance: string,
): Promise<void> {
  const identity = [name, version, instance];
  const path = `/api/v1/instances/${identity.map(encodeURIComponent).join('/')}`;
  await remote.command({ method: 'DELETE', path });
  await screen.write(`${safeLine(identity.join(' '))} is retired.\n`);
}

function parseInterval(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a number of seconds.');
}

function parseMeta(text: string, before?: Record<string, string>): Record<string, string> {
  const [key, value] = parsePair(text, 'key=value');
  return { ...before, [key]: value };
}
