import type { Context } from 'koa';
import { z } from 'zod';
import {
  type AvailabilityAnswerRow,
  availabilitySchema,
  type ComponentAnswer,
  componentSchema,
} from '../../contract/api/availability.ts';
import type { Asking } from '../../query/active/asked.ts';
import { mostRows } from '../../query/active/most-rows.ts';
import {
  type AskedAvailability,
  availabilityParameters,
  componentParameters,
  type LeastRule,
  readAvailabilityQuery,
  readComponentQuery,
} from '../../query/availability/asked.ts';
import type { AvailabilitySource, Available } from '../../query/availability/source.ts';
import { formatMoment } from '../../query/moment.ts';
import type { Format, Look } from '../../query/rows/writer.ts';
import { type Route, sendInvalid } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { inPieces, sendRows, whileWanted } from '../rows/send.ts';

export type ComponentRoutesOptions = {
  readonly source: AvailabilitySource;
  readonly rules: readonly LeastRule[];
  readonly asking: () => Asking;
  /** How much of a time the service was blind, in milliseconds. */
  blindMs(fromMs: number, toMs: number): number;
};

/** Components, and the share of a period in which they and their instances were there. */
export function componentRoutes(options: ComponentRoutesOptions): Route[] {
  const { asking, rules, blindMs } = options;
  return [
    {
      method: 'get',
      path: '/api/v1/components',
      scope: 'read',
      tag: 'instances',
      summary: 'The components with their instances by state, and their availability',
      description:
        'Those that have instances now, and those that were active in the period, by name and ' +
        'version. The availability is that of the period, a day when nothing is said of it.',
      query: [...componentParameters, formatParameter],
      answers: {
        200: rowsContent('The components.', z.object({ components: z.array(componentSchema) })),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters) =>
          readComponentQuery(parameters, asking(), rules),
        );
        if (!reading) return;
        const { asked, format } = reading;
        await answer(context, format, componentLook, asked, (one) => componentOf(one, asked));
      },
    },
    {
      method: 'get',
      path: '/api/v1/availability',
      scope: 'read',
      tag: 'periods',
      summary: 'The share of a period in which components or instances were active',
      description:
        'From the beginning of the period, or from when it was first seen in it, to its end. An ' +
        'instance is there from the first to the last heartbeat of a presence, and until now while ' +
        'the next heartbeat may still come.',
      query: [...availabilityParameters, formatParameter],
      answers: {
        200: rowsContent(
          'By name, version and instance.',
          z.object({ availability: z.array(availabilitySchema) }),
        ),
      },
      problems: ['invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters) =>
          readAvailabilityQuery(parameters, asking(), rules),
        );
        if (!reading) return;
        const { asked, format } = reading;
        await answer(context, format, availabilityLook, asked, (one) =>
          availabilityOf(one, asked, blindMs),
        );
      },
    },
  ];

  async function answer<Row extends object>(
    context: Context,
    format: Format,
    look: Look<Row>,
    asked: AskedAvailability,
    inPublic: (one: Available) => Row,
  ): Promise<void> {
    const found = await whileWanted(context, (signal) => options.source(asked, signal));
    if (found?.kind === 'too-many') {
      const expected = `at most ${mostRows} rows: a filter`;
      sendInvalid(context, [{ path: 'name', expected, got: `${found.groups} rows` }]);
    } else if (found) {
      const pieces = inPieces(found.rows.values().map(inPublic));
      await sendRows(context, format, { ...look, pieces });
    }
  }
}

const componentLook: Look<ComponentAnswer> = {
  member: 'components',
  columns: [
    ...['name', 'version', 'up', 'late', 'down', 'retired'],
    ...['firstSeen', 'lastBeat', 'availability'],
  ],
  cells: ({ name, version, instances, firstSeen, lastBeat, availability }) => [
    name,
    version,
    ...[instances.up, instances.late, instances.down, instances.retired],
    ...[firstSeen, lastBeat, availability ?? undefined],
  ],
};

const availabilityColumns = [
  'name',
  'version',
  'instance',
  'since',
  'seconds',
  'availableSeconds',
  'availability',
  'outages',
  'longestOutageSeconds',
  'blindSeconds',
] as const satisfies (keyof AvailabilityAnswerRow)[];
const availabilityLook: Look<AvailabilityAnswerRow> = {
  member: 'availability',
  columns: availabilityColumns,
  cells: (row) => availabilityColumns.map((column) => row[column] ?? undefined),
};

function componentOf(one: Available, { timeZone }: AskedAvailability): ComponentAnswer {
  const { name = '', version = '', now, lastMs } = one;
  const newestMs = Math.max(now?.lastMs ?? 0, lastMs);
  const { up = 0, late = 0, down = 0, retired = 0 } = now ?? {};
  return {
    ...{ name, version, instances: { up, late, down, retired } },
    ...(now ? { firstSeen: formatMoment(now.firstSeenMs, timeZone) } : {}),
    ...(newestMs > 0 ? { lastBeat: formatMoment(newestMs, timeZone) } : {}),
    availability: shareOf(one),
  };
}

function availabilityOf(
  one: Available,
  { timeZone }: AskedAvailability,
  blindMs: ComponentRoutesOptions['blindMs'],
): AvailabilityAnswerRow {
  const { name = '', version = '', instance, sinceMs, untilMs } = one;
  return {
    ...{ name, version, ...(instance === undefined ? {} : { instance }) },
    since: formatMoment(sinceMs, timeZone),
    seconds: (untilMs - sinceMs) / 1_000,
    availableSeconds: one.availableMs / 1_000,
    availability: shareOf(one),
    outages: one.outages,
    longestOutageSeconds: one.longestOutageMs / 1_000,
    blindSeconds: Math.round(blindMs(sinceMs, untilMs)) / 1_000,
  };
}

/** Rounded down: what was away for a moment is not 1. */
function shareOf({ sinceMs, untilMs, availableMs }: Available): number | null {
  if (untilMs <= sinceMs) return null;
  return Math.floor((availableMs / (untilMs - sinceMs)) * 1e6) / 1e6;
}
