import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { z } from 'zod';
import { matchesAll } from '../../contract/values/glob.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { each, show, type View } from '../output/show.ts';
import { stateColour, timeText } from '../output/words.ts';
import {
  duration,
  examples,
  type IdentityFilter,
  openSession,
  type RemoteOptions,
  withFormat,
  withIdentityFilter,
  withRemote,
} from '../remote/options.ts';
import { pages } from '../remote/pages.ts';

const path = '/api/v1/silences';

export function addSilenceCommand(program: Command): void {
  const silence = program
    .command('silence')
    .description('keep quiet about some instances for a time: events are logged, nobody is told');
  addAdd(silence);
  addList(silence);
  addRemove(silence);
}

type AddOptions = RemoteOptions &
  IdentityFilter & { for?: number; from?: string; until?: string; reason: string; author?: string };

function addAdd(silence: Command): void {
  const command = silence.command('add').description('begin one; prints it with its id');
  withIdentityFilter(command)
    .option('--for <duration>', 'for so long: 90s, 30m, 2h, 1d', duration)
    .option('--from <time>', 'from then on; default: now')
    .option('--until <time>', 'until then')
    .requiredOption('--reason <text>', 'why, for those who wonder')
    .option('--author <name>', 'who is to be asked; default: you');
  withRemote(withFormat(command)).action(async (options: AddOptions) => {
    const { remote, screen, format } = openSession(options);
    const { name, version, instance, for: durationSeconds, from, until, reason } = options;
    const matchers = { name, version, instance };
    if (Object.values(matchers).every((glob) => glob === undefined)) {
      throw new CliFailure(
        exitCodes.usage,
        'Whom? Give --name, --version or --instance.',
        "All of them would be --name '*'.",
      );
    }
    if ((durationSeconds === undefined) === (until === undefined)) {
      throw new CliFailure(exitCodes.usage, 'How long? Give one of --for and --until.');
    }
    const author = options.author ?? userInfo().username;
    // Whoever writes a star for everybody means everybody.
    const isAll = Object.values(matchers).every((glob) => glob === undefined || matchesAll(glob));
    const everything = isAll ? true : undefined;
    const body = { matchers, everything, from, until, durationSeconds, reason, author };
    const added = await remote.ask({ method: 'POST', path, body }, silenceSchema);
    await show(each([added]), format, view, screen);
  });
  examples(command, [
    "ge-heartbeat silence add --name 'Orion*' --for 2h --reason 'New version'",
    'ge-heartbeat silence add --name Cygnus --from 2035-01-31T20:00:00Z --for 4h --reason Move',
  ]);
}

function addList(silence: Command): void {
  const command = silence.command('list').description('those that hold, that will, and that did');
  withRemote(withFormat(command)).action(async (options: RemoteOptions) => {
    const { remote, screen, format } = openSession(options);
    await show(pages(remote, { path }, 'silences', silenceSchema), format, view, screen);
  });
  examples(command, ['ge-heartbeat silence list']);
}

function addRemove(silence: Command): void {
  const command = silence
    .command('rm')
    .description('end one now')
    .argument('<id>', 'of the silence');
  withRemote(command).action(async (id: string, options: RemoteOptions) => {
    const { remote, screen } = openSession(options);
    await remote.tell({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` });
    await screen.write('The silence has ended.\n');
  });
}

const silenceSchema = z.looseObject({
  id: z.string(),
  matchers: z.looseObject({
    name: z.string().optional(),
    version: z.string().optional(),
    instance: z.string().optional(),
  }),
  from: z.string(),
  until: z.string(),
  reason: z.string(),
  author: z.string(),
  state: z.string(),
});
type Silence = z.infer<typeof silenceSchema>;

const view: View<Silence> = {
  columns: [
    { title: 'id', isWhole: true, text: ({ id }) => id },
    {
      title: 'state',
      isWhole: true,
      text: ({ state }) => state,
      colour: ({ state }) => stateColour(state),
    },
    { title: 'name', text: ({ matchers }) => matchers.name ?? '*' },
    { title: 'version', text: ({ matchers }) => matchers.version ?? '*' },
    { title: 'instance', text: ({ matchers }) => matchers.instance ?? '*' },
    { title: 'from', isWhole: true, text: ({ from }) => timeText(from) },
    { title: 'until', isWhole: true, text: ({ until }) => timeText(until) },
    { title: 'author', text: ({ author }) => author },
    { title: 'reason', text: ({ reason }) => reason },
  ],
  cells: {
    id: ({ id }) => id,
    state: ({ state }) => state,
    name: ({ matchers }) => matchers.name,
    version: ({ matchers }) => matchers.version,
    instance: ({ matchers }) => matchers.instance,
    from: ({ from }) => from,
    until: ({ until }) => until,
    author: ({ author }) => author,
    reason: ({ reason }) => reason,
  },
  none: 'No silences.',
};
