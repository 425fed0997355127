import { type Command, Option } from 'commander';
import {
  type AvailabilityResponse,
  availabilitySchema,
  type ComponentResponse,
  componentSchema,
} from '../../contract/api/availability.ts';
import type { Colour } from '../output/screen.ts';
import { show, type View } from '../output/show.ts';
import { durationText, stateColour, timeText } from '../output/words.ts';
import {
  examples,
  moment,
  openSession,
  type RemoteOptions,
  whole,
  withFormat,
  withRemote,
} from '../remote/options.ts';

type Options = RemoteOptions & {
  since?: string;
  until?: string;
  tz?: string;
  name?: string;
  version?: string;
  instance?: string;
  minInstances?: number;
  by?: string;
};

/** Components as they are, and how much of a period they were there. */
export function addComponentCommands(program: Command): void {
  const components = program
    .command('components')
    .description('the components, with their instances by state');
  withRemote(withFormat(withPeriod(components))).action(async (options: Options) => {
    const { remote, screen, format } = openSession(options);
    const request = { path: '/api/v1/components', query: queryOf(options) };
    await show(remote.rows(request, componentSchema.loose()), format, componentView, screen);
  });
  examples(components, ['ge-heartbeat components', "ge-heartbeat components --name 'Orion*'"]);

  const availability = program
    .command('availability')
    .description('the share of a period in which components or instances were active');
  withPeriod(availability)
    .option('--instance <glob>', 'only this instance')
    .addOption(new Option('--by <what>', 'of what').choices(['component', 'instance']));
  withRemote(withFormat(availability)).action(async (options: Options) => {
    const { remote, screen, format } = openSession(options);
    const { by, instance } = options;
    const request = { path: '/api/v1/availability', query: { ...queryOf(options), by, instance } };
    const rows = remote.rows(request, availabilitySchema.loose());
    await show(rows, format, availabilityView, screen);
  });
  examples(availability, ['ge-heartbeat availability --since 30d --by instance']);
}

const withPeriod = (command: Command): Command =>
  command
    .option('--since <time>', 'where the period begins; default: 24h', moment)
    .option('--until <time>', 'where it ends; default: now', moment)
    .option('--tz <zone>', 'of dates and times, such as Europe/Zurich; default: UTC')
    .option('--name <glob>', 'only components with this name')
    .option('--version <glob>', 'only this version')
    .option('--min-instances <n>', 'so many have to be active', whole);

const queryOf = ({ since, until, tz, name, version, minInstances }: Options) => ({
  from: since,
  to: until,
  tz,
  name,
  version,
  minInstances,
});

const states = ['up', 'late', 'down', 'retired'] as const;

const componentView: View<ComponentResponse> = {
  columns: [
    { title: 'name', text: ({ name }) => name },
    { title: 'version', text: ({ version }) => version },
    ...states.map((state) => ({
      title: state,
      align: 'right' as const,
      text: ({ instances }: ComponentResponse) => String(instances[state]),
      colour: ({ instances }: ComponentResponse) =>
        instances[state] === 0 ? 'dim' : stateColour(state),
    })),
    {
      title: 'available',
      align: 'right',
      text: ({ availability }) => shareText(availability),
      colour: ({ availability }) => shareColour(availability),
    },
    { title: 'first seen', isWhole: true, text: ({ firstSeen }) => timeText(firstSeen) },
    { title: 'last beat', isWhole: true, text: ({ lastBeat }) => timeText(lastBeat) },
  ],
  cells: {
    name: ({ name }) => name,
    version: ({ version }) => version,
    ...Object.fromEntries(
      states.map((state) => [state, ({ instances }: ComponentResponse) => instances[state]]),
    ),
    firstSeen: ({ firstSeen }) => firstSeen,
    lastBeat: ({ lastBeat }) => lastBeat,
    availability: ({ availability }) => availability ?? undefined,
  },
  none: 'No components.',
};

const availabilityView: View<AvailabilityResponse> = {
  columns: [
    { title: 'name', text: ({ name }) => name },
    { title: 'version', text: ({ version }) => version },
    { title: 'instance', text: ({ instance }) => instance ?? '' },
    {
      title: 'available',
      align: 'right',
      text: ({ availability }) => shareText(availability),
      colour: ({ availability }) => shareColour(availability),
    },
    { title: 'outages', align: 'right', text: ({ outages }) => String(outages) },
    {
      title: 'longest',
      align: 'right',
      text: ({ longestOutageSeconds }) => durationText(longestOutageSeconds),
    },
    { title: 'blind', align: 'right', text: ({ blindSeconds }) => durationText(blindSeconds) },
    { title: 'measured since', isWhole: true, text: ({ since }) => timeText(since) },
  ],
  cells: {
    name: ({ name }) => name,
    version: ({ version }) => version,
    instance: ({ instance }) => instance,
    since: ({ since }) => since,
    seconds: ({ seconds }) => seconds,
    availableSeconds: ({ availableSeconds }) => availableSeconds,
    availability: ({ availability }) => availability ?? undefined,
    outages: ({ outages }) => outages,
    longestOutageSeconds: ({ longestOutageSeconds }) => longestOutageSeconds,
    blindSeconds: ({ blindSeconds }) => blindSeconds,
  },
  none: 'Nobody was there.',
};

/** Rounded down, as the service does: 100 % is said only of what never was away. */
function shareText(share: number | null): string {
  return share === null ? '' : `${(Math.floor(share * 100_000) / 1_000).toFixed(3)} %`;
}

function shareColour(share: number | null): Colour | undefined {
  if (share === null) return undefined;
  return share >= 0.999 ? 'green' : share >= 0.99 ? 'yellow' : 'red';
}
