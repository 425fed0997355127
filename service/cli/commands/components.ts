import { type Command, Option } from 'commander';
import {
  type AvailabilityAnswerRow,
  availabilitySchema,
  type ComponentAnswer,
  componentSchema,
} from '../../contract/api/availability.ts';
import { instanceStates } from '../../contract/instance.ts';
import type { RowField } from '../output/field.ts';
import { stateColour } from '../output/format.ts';
import { type Listing, printRows } from '../output/rows.ts';
import {
  addExamples,
  type IdentityOptions,
  openContext,
  parseInteger,
  parseTime,
  type RemoteOptions,
  withFormat,
  withRemote,
} from '../remote/options.ts';

type Options = RemoteOptions &
  IdentityOptions & {
    since?: string;
    until?: string;
    tz?: string;
    minInstances?: number;
    by?: string;
  };

/** Commands that report on components over a period. */
export function addComponentCommands(program: Command): void {
  const components = program
    .command('components')
    .description('list components, with the number of instances in each state');
  withRemote(withFormat(withPeriod(components))).action(async (options: Options) => {
    const { remote, screen, format } = openContext(options);
    const rows = remote.list({
      path: '/api/v1/components',
      query: queryOf(options),
      member: 'components',
      schema: componentSchema.loose(),
    });
    await printRows(rows, format, componentListing, screen);
  });
  addExamples(components, ['ge-heartbeat components', "ge-heartbeat components --name 'Orion*'"]);

  const availability = program
    .command('availability')
    .description('list the availability of components or instances in a period');
  withPeriod(availability)
    .option('--instance <glob>', 'filter by instance')
    .addOption(new Option('--by <group>', 'group rows by').choices(['component', 'instance']));
  withRemote(withFormat(availability)).action(async (options: Options) => {
    const { remote, screen, format } = openContext(options);
    const { by, instance } = options;
    const rows = remote.list({
      path: '/api/v1/availability',
      query: { ...queryOf(options), by, instance },
      member: 'availability',
      schema: availabilitySchema.loose(),
    });
    await printRows(rows, format, availabilityListing, screen);
  });
  addExamples(availability, ['ge-heartbeat availability --since 30d --by instance']);
}

const withPeriod = (command: Command): Command =>
  command
    .option('--since <time>', 'start of the period; default: 24h', parseTime)
    .option('--until <time>', 'end of the period; default: now', parseTime)
    .option('--tz <zone>', 'time zone of dates and times, such as Europe/Zurich; default: UTC')
    .option('--name <glob>', 'filter by component name')
    .option('--version <glob>', 'filter by component version')
    .option(
      '--min-instances <n>',
      'active instances that a component needs to be available; default: liveness.rules, or 1',
      parseInteger,
    );

const queryOf = ({ since, until, tz, name, version, minInstances }: Options) => ({
  from: since,
  to: until,
  tz,
  name,
  version,
  minInstances,
});

const stateFields = instanceStates.map(
  (state): RowField<ComponentAnswer> => ({
    key: state,
    kind: 'number',
    value: ({ instances }) => instances[state],
    colour: ({ instances }) => (instances[state] === 0 ? 'dim' : stateColour(state)),
  }),
);

const componentListing: Listing<ComponentAnswer> = {
  fields: [
    { key: 'name' },
    { key: 'version' },
    ...stateFields,
    { key: 'firstSeen', title: 'first seen', kind: 'time' },
    { key: 'lastBeat', title: 'last beat', kind: 'time' },
    { key: 'availability', title: 'available', kind: 'share' },
  ],
  inTable: ['name', 'version', ...instanceStates, 'availability', 'firstSeen', 'lastBeat'],
  empty: 'No components.',
};

const availabilityListing: Listing<AvailabilityAnswerRow> = {
  fields: [
    { key: 'name' },
    { key: 'version' },
    { key: 'instance' },
    { key: 'since', title: 'measured since', kind: 'time' },
    { key: 'seconds', kind: 'seconds' },
    { key: 'availableSeconds', kind: 'seconds' },
    { key: 'availability', title: 'available', kind: 'share' },
    { key: 'outages', kind: 'number' },
    { key: 'longestOutageSeconds', title: 'longest', kind: 'seconds' },
    { key: 'blindSeconds', title: 'blind', kind: 'seconds' },
  ],
  inTable: [
    ...['name', 'version', 'instance', 'availability', 'outages'],
    ...['longestOutageSeconds', 'blindSeconds', 'since'],
  ],
  empty: 'No heartbeats in the period.',
};
