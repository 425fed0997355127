import { type InstanceResponse, instanceSchema } from '../../contract/api/instance.ts';
import { instanceStates } from '../../contract/instance.ts';
import { instanceSorts } from '../../query/instances/sort.ts';
import type { CliCommand, Listing } from '../command.ts';

export function addInstancesCommand(program: CliCommand): void {
  program
    .command('instances')
    .description('list instances')
    .enumList('--state <states>', instanceStates, 'filter by state')
    .component()
    .instance()
    .option('--text <text>', 'filter by text in the name, version or instance')
    .choice('--sort <by>', [...instanceSorts, 'none'], 'sort key')
    .choice('--order <order>', ['ascending', 'descending'], 'sort order')
    .limit()
    .lists(listing)
    .examples(
      'ge-heartbeat instances --state late,down',
      'ge-heartbeat instances --sort firstSeen --order descending --limit 10',
      "ge-heartbeat instances --name 'Orion*' --format csv > orion.csv",
    );
}

const listing: Listing<InstanceResponse> = {
  path: '/api/v1/instances',
  member: 'instances',
  schema: instanceSchema.loose(),
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
    { key: 'skewSeconds', title: 'clock skew', kind: 'seconds' },
    { key: 'status' },
    { key: 'statusMessage', title: 'status message' },
  ],
  inTable: [
    ...['name', 'version', 'instance', 'state', 'ageSeconds', 'interval'],
    ...['lastBeat', 'presentSince'],
  ],
  empty: 'No instances.',
};
