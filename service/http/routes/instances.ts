import type { Context } from 'koa';
import { z } from 'zod';
import {
  type InstanceAnswer,
  instancePastSchema,
  instanceSchema,
  next,
} from '../../contract/api/instance.ts';
import { json, noContent } from '../../contract/api/operation.ts';
import { cloudEvent } from '../../contract/cloud-event.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import type { Asking } from '../../query/active/asked.ts';
import type { EventPage, EventQuery } from '../../query/events.ts';
import {
  type AskedInstance,
  instanceParameters,
  oneInstanceParameters,
  readInstanceQuery,
  readOneInstanceQuery,
} from '../../query/instances/asked.ts';
import type { InstanceNow, InstanceQueries } from '../../query/instances/queries.ts';
import { formatMoment } from '../../query/moment.ts';
import { createParameters } from '../../query/parameters.ts';
import type { Look } from '../../query/rows/writer.ts';
import { type Route, sendInvalid, sendProblem } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { sendPage } from '../rows/pages.ts';
import { sendRows } from '../rows/send.ts';

export type InstanceRoutesOptions = InstanceQueries & {
  readonly asking: () => Asking;
  /** Those that touch a time, whole, in their order. */
  presencesOf(identity: Identity, fromMs: number, toMs: number): Promise<readonly Presence[]>;
  eventPage(query: EventQuery): Promise<EventPage>;
  /** Resolves when it is durable, with whether it was known. `by` is for the records. */
  retire(identity: Identity, by: string): Promise<boolean>;
};

const path = '/api/v1/instances/:name/:version/:instance';

const pathParameters = {
  name: 'The name of the component.',
  version: 'Its version.',
  instance: 'The instance.',
};

const pageSchema = z.object({ instances: z.array(instanceSchema), next });

/** The instances that are known now. */
export function instanceRoutes(options: InstanceRoutesOptions): Route[] {
  const { page, all, one, retire } = options;
  const past = createPast(options);
  return [
    {
      method: 'get',
      path: '/api/v1/instances',
      scope: 'read',
      tag: 'instances',
      summary: 'The known instances with their states',
      query: [...instanceParameters, formatParameter],
      answers: { 200: rowsContent('A page of instances.', pageSchema) },
      problems: ['invalid-parameter'],
      async handle(context) {
        const reading = readRowsQuery(context, (parameters, format) =>
          readInstanceQuery(parameters, format === 'json'),
        );
        if (!reading) return;
        const { asked, format } = reading;
        const { limit } = asked;
        if (limit === undefined) {
          await sendRows(context, format, { ...look, pieces: published(all(asked)) });
          return;
        }
        const found = await page({ ...asked, limit });
        const rows = found.instances.map(inPublic);
        await sendPage(context, format, look, { rows, next: found.next });
      },
    },
    {
      method: 'get',
      path,
      scope: 'read',
      tag: 'instances',
      summary: 'One instance',
      pathParameters,
      query: oneInstanceParameters,
      answers: { 200: json('The instance.', instancePastSchema) },
      problems: ['not-found', 'invalid-parameter', 'store-unavailable'],
      async handle(context) {
        const identity = identityOf(context);
        const parameters = createParameters(context.query);
        const reading = readOneInstanceQuery(parameters, options.asking());
        if (reading.kind === 'invalid') {
          sendInvalid(context, reading.errors);
          return;
        }
        const found = one(identity);
        if (found) context.body = { ...inPublic(found), ...(await past(identity, reading.asked)) };
        else sendUnknown(context, identity);
      },
    },
    {
      method: 'delete',
      path,
      scope: 'admin',
      writesOwnEvent: true,
      tag: 'instances',
      summary: 'Retire an instance: it is gone on purpose, and no alarm is raised',
      pathParameters,
      answers: { 204: noContent('It is retired, durably.') },
      problems: ['not-found', 'store-unavailable'],
      async handle(context, { by }) {
        const identity = identityOf(context);
        if (await retire(identity, by)) context.status = 204;
        else sendUnknown(context, identity);
      },
    },
  ];
}

const mostPresences = 1_000;
const mostEvents = 100;

/** What was with an instance in a period, as far as it is asked for. */
function createPast({ presencesOf, eventPage, asking }: InstanceRoutesOptions) {
  return async (identity: Identity, { include, fromMs, toMs, timeZone }: AskedInstance) => {
    const shown = (ms: number) => formatMoment(ms, timeZone);
    const presences = include.includes('presences')
      ? (await presencesOf(identity, fromMs, toMs - 1))
          .filter((presence) => presence.toMs >= fromMs)
          .slice(-mostPresences)
          .reverse()
          .map((presence) => ({
            from: shown(presence.fromMs),
            to: shown(presence.toMs),
            isOver: presence.reachMs < asking().nowMs,
          }))
      : undefined;
    const events = include.includes('events')
      ? (await eventsOf(identity, fromMs, toMs)).map((event) => cloudEvent(event))
      : undefined;
    return { presences, events };
  };

  /** Patterns find whoever is called like them, and perhaps others, who are left out. */
  async function eventsOf(identity: Identity, fromMs: number, toMs: number) {
    const asked = { filter: { ...identity, fromMs, toMs }, order: 'descending' } as const;
    const found: LivenessEvent[] = [];
    let cursor: string | undefined;
    do {
      const { events, next } = await eventPage({ ...asked, limit: mostEvents, cursor });
      found.push(...events.filter(({ subject }) => isOf(identity, subject)));
      cursor = next;
    } while (cursor !== undefined && found.length < mostEvents);
    return found.slice(0, mostEvents);
  }
}

const isOf = ({ name, version, instance }: Identity, subject: LivenessEvent['subject']): boolean =>
  subject !== undefined &&
  'instance' in subject &&
  subject.instance === instance &&
  subject.name === name &&
  subject.version === version;

const columns = [
  'name',
  'version',
  'instance',
  'state',
  'stateSince',
  'lastBeat',
  'ageSeconds',
  'interval',
  'lateSeconds',
  'downSeconds',
  'firstSeen',
  'presentSince',
] as const satisfies (keyof InstanceAnswer)[];
const look: Look<InstanceAnswer> = {
  member: 'instances',
  columns,
  cells: (instance) => columns.map((column) => instance[column]),
};

async function* published(pieces: AsyncIterable<readonly InstanceNow[]>) {
  for await (const piece of pieces) yield piece.map(inPublic);
}

function identityOf({ params }: Context): Identity {
  const { name = '', version = '', instance = '' }: Record<string, string | undefined> = params;
  return { name, version, instance };
}

function sendUnknown(context: Context, { name, version, instance }: Identity): void {
  const shown = [name, version, instance].map((part) => JSON.stringify(part.slice(0, 60)));
  const detail = `No instance ${shown.join(', ')} is known.`;
  sendProblem(context, { code: 'not-found', detail });
}

function inPublic(found: InstanceNow): InstanceAnswer {
  const { record, thresholds, ageSeconds, presentSinceMs } = found;
  const { name, version, instance, state, intervalSeconds } = record;
  return {
    name,
    version,
    instance,
    state,
    stateSince: at(record.stateSinceMs),
    lastBeat: at(record.receivedAtMs),
    ageSeconds: Math.round(ageSeconds * 1_000) / 1_000,
    interval: intervalSeconds === 0 ? undefined : intervalSeconds,
    ...thresholds,
    firstSeen: at(record.firstSeenMs),
    presentSince: presentSinceMs === undefined ? undefined : at(presentSinceMs),
  };
}

const at = (ms: number): string => new Date(ms).toISOString();
