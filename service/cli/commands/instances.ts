import { type Command, Option } from 'commander';
import { type InstanceResponse, instanceSchema } from '../../contract/api/instance.ts';
import { instanceStates } from '../../contract/instance.ts';
import { instanceSorts } from '../../query/instances/sort.ts';
import { show, type View } from '../output/show.ts';
import { durationText, stateColour, timeText } from '../output/words.ts';
import {
  examples,
  type IdentityFilter,
  openSession,
  type RemoteOptions,
  severalOf,
  whole,
  withFormat,
  withIdentityFilter,
  withRemote,
} from '../remote/options.ts';
import { listOf } from '../remote/pages.ts';

type Options = RemoteOptions &
  IdentityFilter & { state?: string; text?: string; sort?: string; order?: string; limit?: number };

export function addInstancesCommand(program: Command): void {
  const command = program
    .command('instances')
    .description('who is known, and how each of them is')
    .addOption(severalOf('--state <states>', instanceStates, 'only in these states'));
  withIdentityFilter(command)
    .option('--text <text>', 'only those in whose name, version or instance this stands')
    .addOption(new Option('--sort <by>', 'what comes first').choices([...instanceSorts, 'none']))
    .addOption(new Option('--order <order>', 'which end').choices(['ascending', 'descending']))
    .option('--limit <n>', 'most rows; default: 100 in a table, else all', whole);
  withRemote(withFormat(command)).action(async (options: Options) => {
    const { remote, screen, format } = openSession(options);
    const { state, name, version, instance, text, sort, order } = options;
    const limit = options.limit ?? (format === 'table' ? 100 : undefined);
    const query = { state, name, version, instance, text, sort, order };
    const request = { path: '/api/v1/instances', query };
    const rows = listOf(remote, request, 'instances', instanceSchema.loose(), limit);
    await show(rows, format, view, screen);
  });
  examples(command, [
    'ge-heartbeat instances --state late,down',
    'ge-heartbeat instances --sort firstSeen --order descending --limit 10',
    "ge-heartbeat instances --name 'Orion*' --format csv > orion.csv",
  ]);
}

const view: View<InstanceResponse> = {
  columns: [
    { title: 'name', text: ({ name }) => name },
    { title: 'version', text: ({ version }) => version },
    { title: 'instance', text: ({ instance }) => instance },
    {
      title: 'state',
      isWhole: true,
      text: ({ state }) => state,
      colour: ({ state }) => stateColour(state),
    },
    { title: 'age', align: 'right', text: ({ ageSeconds }) => durationText(ageSeconds) },
    {
      title: 'interval',
      align: 'right',
      text: ({ interval }) => (interval === undefined ? '' : durationText(interval)),
    },
    { title: 'last beat', isWhole: true, text: ({ lastBeat }) => timeText(lastBeat) },
    { title: 'present since', isWhole: true, text: ({ presentSince }) => timeText(presentSince) },
  ],
  cells: {
    name: ({ name }) => name,
    version: ({ version }) => version,
    instance: ({ instance }) => instance,
    state: ({ state }) => state,
    stateSince: ({ stateSince }) => stateSince,
    lastBeat: ({ lastBeat }) => lastBeat,
    ageSeconds: ({ ageSeconds }) => ageSeconds,
    interval: ({ interval }) => interval,
    lateSeconds: ({ lateSeconds }) => lateSeconds,
    downSeconds: ({ downSeconds }) => downSeconds,
    firstSeen: ({ firstSeen }) => firstSeen,
    presentSince: ({ presentSince }) => presentSince,
  },
  none: 'No instances.',
};
