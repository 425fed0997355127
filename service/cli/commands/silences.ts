import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { type SilenceAnswer, silenceSchema } from '../../contract/api/silence.ts';
import { parseDuration } from '../../contract/values/duration.ts';
import { matchesAll } from '../../contract/values/glob.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { type Listing, printRows } from '../output/rows.ts';
import {
  addExamples,
  type IdentityOptions,
  openContext,
  type RemoteOptions,
  withFormat,
  withIdentity,
  withRemote,
} from '../remote/options.ts';

const path = '/api/v1/silences';

type AddOptions = RemoteOptions &
  IdentityOptions & {
    for?: number;
    from?: string;
    until?: string;
    reason: string;
    author?: string;
  };

export function addSilenceCommand(program: Command): void {
  const silence = program
    .command('silence')
    .description(
      'suppress notifications of matching instances for a time; events are still logged',
    );

  const add = silence.command('add').description('add a silence; prints it with its id');
  withIdentity(add)
    .option('--for <duration>', 'duration: 90s, 30m, 2h, 1d', parseSeconds)
    .option('--from <time>', 'start; default: now')
    .option('--until <time>', 'end')
    .requiredOption('--reason <text>', 'reason, for other operators')
    .option('--author <name>', 'contact for questions; default: your user name');
  withRemote(withFormat(add)).action(addSilence);
  addExamples(add, [
    "ge-heartbeat silence add --name 'Orion*' --for 2h --reason 'New version'",
    'ge-heartbeat silence add --name Cygnus --from 2035-01-31T20:00:00Z --for 4h --reason Move',
  ]);

  const list = silence.command('list').description('list pending, active and expired silences');
  withRemote(withFormat(list)).action(async (options: RemoteOptions) => {
    const { remote, screen, format } = openContext(options);
    const rows = remote.list({ path, member: 'silences', schema: silenceSchema.loose() });
    await printRows(rows, format, listing, screen);
  });
  addExamples(list, ['ge-heartbeat silence list']);

  const remove = silence
    .command('rm')
    .description('end a silence now')
    .argument('<id>', 'id of the silence');
  withRemote(remove).action(async (id: string, options: RemoteOptions) => {
    const { remote, screen } = openContext(options);
    await remote.command({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` });
    await screen.write('The silence has ended.\n');
  });
}

async function addSilence(options: AddOptions): Promise<void> {
  const { remote, screen, format } = openContext(options);
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

function parseSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms) return ms / 1_000;
  throw new InvalidArgumentError('Expected a duration such as 90s, 30m, 2h or 1d.');
}

const listing: Listing<SilenceAnswer> = {
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
