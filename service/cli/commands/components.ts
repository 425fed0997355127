import {
  type AvailabilityResponse,
  availabilitySchema,
  type ComponentResponse,
  componentSchema,
} from '../../contract/api/availability.ts';
import { instanceStates } from '../../contract/instance.ts';
import { type CliCommand, type Listing, parseInteger } from '../command.ts';
import type { RowField } from '../output/field.ts';
import { stateColour } from '../output/format.ts';

/** Commands that report on components over a period. */
export function addComponentCommands(program: CliCommand): void {
  program
    .command('components')
    .description('list components, with the number of instances in each state')
    .period()
    .timeZone()
    .component()
    .option(...minInstances)
    .lists(componentListing)
    .examples('ge-heartbeat components', "ge-heartbeat components --name 'Orion*'");

  program
    .command('availability')
    .description('list the availability of components or instances in a period')
    .period()
    .timeZone()
    .component()
    .instance()
    .option(...minInstances)
    .choice('--by <group>', ['component', 'instance'], 'group rows by')
    .lists(availabilityListing)
    .examples('ge-heartbeat availability --since 30d --by instance');
}

const minInstances = [
  '--min-instances <n>',
  'active instances that a component needs to be available; default: liveness.rules, or 1',
  parseInteger,
] as const;

const stateFields = instanceStates.map(
  (state): RowField<ComponentResponse> => ({
    key: state,
    kind: 'number',
    value: ({ instances }) => instances[state],
    colour: ({ instances }) => (instances[state] === 0 ? 'dim' : stateColour(state)),
  }),
);

const componentListing: Listing<ComponentResponse> = {
  path: '/api/v1/components',
  member: 'components',
  schema: componentSchema.loose(),
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

const availabilityListing: Listing<AvailabilityResponse> = {
  path: '/api/v1/availability',
  member: 'availability',
  schema: availabilitySchema.loose(),
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
