import type { Context } from 'koa';
import type { Identity } from '../../contract/instance.ts';
import {
  type InstanceNow,
  type InstanceQueries,
  readInstanceQuery,
} from '../../query/instances.ts';
import { type Route, sendInvalid, sendProblem } from '../route.ts';

export type InstanceRoutesOptions = InstanceQueries & {
  /** Resolves when it is durable, with whether it was known. `by` is for the records. */
  retire(identity: Identity, by: string): Promise<boolean>;
};

const path = '/api/v1/instances/:name/:version/:instance';

/** The instances that are known now. */
export function instanceRoutes({ page, one, retire }: InstanceRoutesOptions): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/instances',
      summary: 'The known instances with their states',
      scope: 'read',
      async handle(context) {
        const reading = readInstanceQuery(context.query);
        if (reading.kind === 'invalid') {
          sendInvalid(context, reading.errors);
          return;
        }
        const { instances, next } = await page(reading.asked);
        context.body = { instances: instances.map(inPublic), next };
      },
    },
    {
      method: 'get',
      path,
      summary: 'One instance',
      scope: 'read',
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
      summary: 'Retire an instance: it is gone on purpose, and no alarm is raised',
      scope: 'admin',
      async handle(context) {
        const identity = identityOf(context);
        if (await retire(identity, context.ip)) context.status = 204;
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

function inPublic({ record, thresholds, ageSeconds, presentSinceMs }: InstanceNow) {
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
