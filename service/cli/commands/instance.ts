import { InvalidArgumentError } from 'commander';
import { receiptSchema } from '../../contract/api/heartbeat.ts';
import { retirementSchema } from '../../contract/api/instance.ts';
import { instanceStates } from '../../contract/instance.ts';
import { type CliCommand, type CommandContext, parseInteger, parsePair } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { safeLine } from '../output/safe-text.ts';

type SendOptions = {
  interval?: number;
  timestamp?: string;
  stopping?: true;
  notOk?: true | string;
  meta?: Record<string, string>;
};

/** Commands that change one instance. */
export function addInstanceCommands(program: CliCommand): void {
  withIdentity(program.command('send').description('send one heartbeat'))
    .option('--interval <seconds>', 'time until the next heartbeat', parseInterval)
    .option('--timestamp <time>', 'time of the heartbeat; default: now')
    .option('--stopping', 'report that the instance stops on purpose')
    .option('--not-ok [message]', 'report that something is wrong with the instance')
    .option('--meta <key=value...>', 'metadata, forwarded to Monasca', parseMeta)
    .onService(send)
    .examples(
      'ge-heartbeat send Orion 3.10.1 orion-1 --interval 30',
      'ge-heartbeat send Orion 3.10.1 orion-1 --stopping',
    );
  withIdentity(program.command('retire'), true)
    .description('retire instances that ended on purpose; no notification is sent')
    .component()
    .instance()
    .enumList('--state <states>', instanceStates, 'filter by state')
    .option('--text <text>', 'filter by text in the name, version or instance')
    .option('--dry-run', 'count what matches the filters, and retire nothing')
    .option('--expect <n>', 'retire what matches the filters, if it is this number', parseInteger)
    .onService(retire)
    .examples(
      'ge-heartbeat retire Orion 3.10.1 orion-1',
      'ge-heartbeat retire --name Orion --version 3.10.0 --dry-run',
    );
}

const withIdentity = (command: CliCommand, isOptional = false): CliCommand => {
  const operand = (name: string) => (isOptional ? `[${name}]` : `<${name}>`);
  return command
    .argument(operand('name'), 'name of the component')
    .argument(operand('version'), 'version of the component')
    .argument(operand('instance'), 'container, pod or machine that runs the component');
};

async function send(
  { remote, screen, options }: CommandContext<SendOptions>,
  name: string,
  version: string,
  instance: string,
): Promise<void> {
  const { interval, timestamp, stopping, notOk, meta } = options;
  const status = stopping ? 'stopping' : notOk === undefined ? undefined : 'not_ok';
  const message = notOk === true ? undefined : notOk;
  const body = { name, version, instance, interval, timestamp, status, message, meta };
  await remote.request({ method: 'POST', path: '/api/v1/heartbeats', body }, receiptSchema);
  await screen.write('The heartbeat is on disk.\n');
}

type RetireOptions = { dryRun?: true; expect?: number };

/** Without operands, the filters say what is retired. */
async function retire(
  context: CommandContext<RetireOptions>,
  ...operands: (string | undefined)[]
): Promise<void> {
  const { remote, screen } = context;
  const identity = operands.slice(0, 3).filter((part) => typeof part === 'string');
  if (identity.length === 0) {
    await retireMatching(context);
    return;
  }
  if (identity.length < 3) {
    throw new CliFailure(exitCodes.usage, 'Expected <name> <version> <instance>, or filters.');
  }
  const path = `/api/v1/instances/${identity.map(encodeURIComponent).join('/')}`;
  await remote.command({ method: 'DELETE', path });
  await screen.write(`${safeLine(identity.join(' '))} is retired.\n`);
}

async function retireMatching({
  remote,
  screen,
  options,
  query: { dryRun: _, ...query },
}: CommandContext<RetireOptions>): Promise<void> {
  const dryRun = options.dryRun && 'true';
  const request = {
    method: 'DELETE',
    path: '/api/v1/instances',
    query: { ...query, dryRun },
  } as const;
  const { matched, retired, instances } = await remote.request(request, retirementSchema);
  const names = instances.map(({ name, version, instance }) =>
    safeLine(`  ${name} ${version} ${instance}`),
  );
  const more = matched > names.length ? [`  and ${matched - names.length} more`] : [];
  const head = dryRun
    ? `${matched} instances match; to retire them, add --expect ${matched}:`
    : `${retired} instances are retired:`;
  await screen.write(`${[head, ...names, ...more].join('\n')}\n`);
}

function parseInterval(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a number of seconds.');
}

function parseMeta(text: string, before?: Record<string, string>): Record<string, string> {
  const [key, value] = parsePair(text, 'key=value');
  return { ...before, [key]: value };
}
