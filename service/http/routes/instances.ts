import type { Context } from 'koa';
import { z } from 'zod';
import { type InstanceAnswer, instanceSchema, next } from '../../contract/api/instance.ts';
import { json, noContent } from '../../contract/api/operation.ts';
import type { Identity } from '../../contract/instance.ts';
import { instanceParameters, readInstanceQuery } from '../../query/instances/asked.ts';
import type { InstanceNow, InstanceQueries } from '../../query/instances/queries.ts';
import { type Route, sendProblem } from '../route.ts';
import { formatParameter, readRowsQuery, rowsContent } from '../rows/format.ts';
import { type Look, sendPage } from '../rows/pages.ts';
import { sendRows } from '../rows/send.ts';

export type InstanceRoutesOptions = InstanceQueries & {
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
export function instanceRoutes({ page, all, one, retire }: InstanceRoutesOptions): Route[] {
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
      answers: { 200: json('The instance.', instanceSchema) },
      problems: ['not-found'],
      handle(context) {
        const identity = identityOf(context);
        const found = one(identity);
        if (found) context.body = inPublic(found);
        else sendUnknown(context, identity);
      },
    },
    {
      method: 'delete',
      path,
      scope: 'admin',
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
