import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { type SilenceResponse, silenceSchema } from '../../contract/api/silence.ts';
import type { Identity } from '../../contract/instance.ts';
import { parseDuration } from '../../contract/values/duration.ts';
import { matchesAll } from '../../contract/values/glob.ts';
import type { CliCommand, CommandContext, Listing } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { printRows } from '../output/rows.ts';

const path = '/api/v1/silences';

type AddOptions = Partial<Identity> & {
  for?: number;
  from?: string;
  until?: string;
  reason: string;
  author?: string;
};

export function addSilenceCommand(program: CliCommand): void {
  const silence = program
    .command('silence')
    .description(
      'suppress notifications of matching instances for a time; events are still logged',
    );
  silence
    .command('add')
    .description('add a silence; prints it with its id')
    .component()
    .instance()
    .option('--for <duration>', 'duration: 90s, 30m, 2h, 1d', parseSeconds)
    .option('--from <time>', 'start; default: now')
    .option('--until <time>', 'end')
    .requiredOption('--reason <text>', 'reason, for other operators')
    .option('--author <name>', 'contact for questions; default: your user name')
    .format()
    .onService(addSilence)
    .examples(
      "ge-heartbeat silence add --name 'Orion*' --for 2h --reason 'New version'",
      'ge-heartbeat silence add --name Cygnus --from 2035-01-31T20:00:00Z --for 4h --reason Move',
    );
  silence
    .command('list')
    .description('list pending, active and expired silences')
    .lists(listing)
    .examples('ge-heartbeat silence list');
  silence
    .command('rm')
    .description('end a silence now')
    .argument('<id>', 'id of the silence')
    .onService(async ({ remote, screen }: CommandContext, id: string) => {
      await remote.command({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` });
      await screen.write('The silence has ended.\n');
    });
}

async function addSilence(context: CommandContext<AddOptions>): Promise<void> {
  const { remote, screen, format, options } = context;
  const { name, version, instance, for: durationSeconds, from, until, reason } = options;
  const matchers = { name, version, instance };
  const globs = Object.values(matchers).filter((glob) => glob !== undefined);
  if (globs.length === 0) {
    throw new CliFailure(
      exitCodes.usage,
      'Which instances? Give --name, --version or --instance.',
      "To match all instances: --name '*'.",
    );
  }
  if ((durationSeconds === undefined) === (until === undefined)) {
    throw new CliFailure(exitCodes.usage, 'How long? Give one of --for and --until.');
  }
  const author = options.author ?? userInfo().username;
  // The service requires a confirmation of matchers that match all instances.
  const everything = globs.every(matchesAll) || undefined;
  const body = { matchers, everything, from, until, durationSeconds, reason, author };
  const added = await remote.request({ method: 'POST', path, body }, silenceSchema.loose());
  await printRows([added], format, listing, screen);
}

export function parseSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms) return ms / 1_000;
  throw new InvalidArgumentError('Expected a duration such as 90s, 30m, 2h or 1d.');
}

const listing: Listing<SilenceResponse> = {
  path,
  member: 'silences',
  schema: silenceSchema.loose(),
  fields: [
    { key: 'id', kind: 'id' },
    { key: 'state', kind: 'state' },
    { key: 'name', value: ({ matchers }) => matchers.name },
    { key: 'version', value: ({ matchers }) => matchers.version },
    { key: 'instance', value: ({ matchers }) => matchers.instance },
    { key: 'from', kind: 'time' },
    { key: 'until', kind: 'time' },
    { key: 'author' },
    { key: 'reason' },
  ],
  empty: 'No silences.',
};
