import { json } from '../../contract/api/operation.ts';
import {
  type PipelineDestination,
  type PipelineResponse,
  type PipelineToken,
  pipelineSchema,
} from '../../contract/api/pipeline.ts';
import { defined } from '../../contract/defined.ts';
import { isoTime } from '../../contract/values/iso-time.ts';
import type { DeliveryStatus } from '../../delivery/delivery.ts';
import type { KeystoneStatus } from '../../monasca/keystone/token.ts';
import type { ServiceHealth } from '../health/health.ts';
import { toHealthResponse } from '../health/routes.ts';
import type { Route } from '../route.ts';
import { pipelineSentences } from './sentences.ts';

export type PipelineRouteOptions = {
  readonly health: ServiceHealth;
  readonly heartbeats: {
    /** Number of the newest heartbeat. */
    head(): number;
    depth(): number;
    oldestAtMs(): number | undefined;
  };
  readonly maxRecords: number;
  readonly receivedPerSecond: () => number;
  /** Undefined without a login to Keystone. */
  readonly login: () => KeystoneStatus | undefined;
  /** Deliveries by the names of their destinations. */
  readonly deliveries: () => Readonly<Record<string, DeliveryStatus>>;
  readonly now: () => number;
};

/** Everything about reception and delivery in one response. */
export const pipelineRoute = (options: PipelineRouteOptions): Route => ({
  method: 'get',
  path: '/api/v1/pipeline',
  scope: 'read',
  tag: 'delivery',
  summary: 'Reception of heartbeats, and delivery to each destination',
  responses: { 200: json('The pipeline now.', pipelineSchema) },
  problems: ['store-unavailable'],
  handle(context) {
    context.body = readPipeline(options);
  },
});

function readPipeline(options: PipelineRouteOptions): PipelineResponse {
  const { heartbeats, maxRecords, deliveries, now } = options;
  const nowMs = now();
  const oldestAtMs = heartbeats.oldestAtMs() ?? nowMs;
  const destinations = Object.entries(deliveries()).map(([name, status]) =>
    toDestination(name, status),
  );
  const pipeline = {
    ...toHealthResponse(options.health),
    time: isoTime(nowMs),
    stored: heartbeats.head(),
    receivedPerSecond: Math.round(options.receivedPerSecond() * 10) / 10,
    outbox: {
      records: heartbeats.depth(),
      limit: maxRecords,
      oldestAgeSeconds: Math.max(0, nowMs - oldestAtMs) / 1_000,
    },
    token: toToken(options.login()),
    destinations,
    deadLetters: Object.fromEntries(
      destinations.map(({ name, deadLetters }) => [name, deadLetters]),
    ),
  };
  return { ...pipeline, sentences: pipelineSentences(pipeline) };
}

/** Records of a destination that is no notifier; a notifier receives events. */
const units: ReadonlyMap<string, PipelineDestination['receives']> = new Map([
  ['monasca', 'heartbeats'],
  ['redis', 'heartbeats'],
  ['records', 'records'],
]);

function toDestination(name: string, status: DeliveryStatus): PipelineDestination {
  const { state, since, lastSuccess, lastFailure, inFlight, cursor, behind, deadLetters } = status;
  return {
    name,
    receives: units.get(name) ?? 'events',
    state,
    since: isoTime(since),
    position: cursor,
    waiting: behind,
    inFlight,
    deadLetters,
    ...defined({ lastSuccess: isoTime(lastSuccess) }),
    ...defined({ lastFailure: lastFailure && { ...lastFailure, at: isoTime(lastFailure.at) } }),
  };
}

function toToken(login: KeystoneStatus | undefined): PipelineToken {
  if (login === undefined) return { state: 'unused' };
  const { isFailing, expiresAtMs, lastSuccessAtMs, lastErrorAtMs, lastError } = login;
  const held = expiresAtMs === undefined ? 'none' : 'valid';
  const lastFailure =
    lastErrorAtMs === undefined
      ? undefined
      : { at: isoTime(lastErrorAtMs), detail: lastError ?? 'unknown' };
  return {
    state: isFailing ? 'failing' : held,
    ...defined({
      expires: isoTime(expiresAtMs),
      lastSuccess: isoTime(lastSuccessAtMs),
      lastFailure,
    }),
  };
}
