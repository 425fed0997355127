import type { Context } from 'koa';
import { z } from 'zod';
import { type InstanceAnswer, instanceSchema, next } from '../../contract/api/instance.ts';
import { json, noContent } from '../../contract/api/operation.ts';
import type { Identity } from '../../contract/instance.ts';
import {
  type InstanceNow,
  type InstanceQueries,
  instanceParameters,
  readInstanceQuery,
} from '../../query/instances.ts';
import { type Route, sendInvalid, sendProblem } from '../route.ts';

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
export function instanceRoutes({ page, one, retire }: InstanceRoutesOptions): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/instances',
      scope: 'read',
      tag: 'instances',
      summary: 'The known instances with their states',
      query: instanceParameters,
      answers: { 200: json('A page of instances.', pageSchema) },
      problems: ['invalid-parameter'],
      async handle(context) {
        const reading = readInstanceQuery(context.query);
        if (reading.kind === 'invalid') {
          sendInvalid(context, reading.errors);
          return;
        }
        const found = await page(reading.asked);
        context.body = { instances: found.instances.map(inPublic), next: found.next };
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
