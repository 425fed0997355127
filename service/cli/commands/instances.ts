import { type Command, Option } from 'commander';
import { type InstanceAnswer, instanceSchema } from '../../contract/api/instance.ts';
import { instanceStates } from '../../contract/instance.ts';
import { rankedSorts } from '../../query/instances/rank.ts';
import { type Listing, printRows } from '../output/rows.ts';
import {
  addExamples,
  enumListOption,
  type IdentityOptions,
  openContext,
  type RemoteOptions,
  rowLimit,
  withFormat,
  withIdentity,
  withLimit,
  withRemote,
} from '../remote/options.ts';

type Options = RemoteOptions &
  IdentityOptions & {
    state?: string;
    text?: string;
    sort?: string;
    order?: string;
    limit?: number;
  };

export function addInstancesCommand(program: Command): void {
  const command = program
    .command('instances')
    .description('list instances')
    .addOption(enumListOption('--state <states>', instanceStates, 'filter by state'));
  withIdentity(command)
    .option('--text <text>', 'filter by text in the name, version or instance')
    .addOption(new Option('--sort <by>', 'sort key').choices([...rankedSorts, 'none']))
    .addOption(new Option('--order <order>', 'sort order').choices(['ascending', 'descending']));
  withRemote(withFormat(withLimit(command))).action(async (options: Options) => {
    const { remote, screen, format } = openContext(options);
    const { state, name, version, instance, text, sort, order } = options;
    const rows = remote.list({
      path: '/api/v1/instances',
      query: { state, name, version, instance, text, sort, order },
      member: 'instances',
      schema: instanceSchema.loose(),
      limit: rowLimit(options, format),
    });
    await printRows(rows, format, listing, screen);
  });
  addExamples(command, [
    'ge-heartbeat instances --state late,down',
    'ge-heartbeat instances --sort firstSeen --order descending --limit 10',
    "ge-heartbeat instances --name 'Orion*' --format csv > orion.csv",
  ]);
}

const listing: Listing<InstanceAnswer> = {
  fields: [
    { key: 'name' },
    { key: 'version' },
    { key: 'instance' },
    { key: 'state', kind: 'state' },
    { key: 'stateSince', kind: 'time' },
    { key: 'lastBeat', title: 'last beat', kind: 'time' },
    { key: 'ageSeconds', title: 'age', kind: 'seconds' },
    { key: 'interval', kind: 'seconds' },
    { key: 'lateSeconds', kind: 'seconds' },
    { key: 'downSeconds', kind: 'seconds' },
    { key: 'firstSeen', kind: 'time' },
    { key: 'presentSince', title: 'present since', kind: 'time' },
  ],
  inTable: [
    ...['name', 'version', 'instance', 'state', 'ageSeconds', 'interval'],
    ...['lastBeat', 'presentSince'],
  ],
  empty: 'No instances.',
};
