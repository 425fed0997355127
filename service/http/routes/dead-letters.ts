import type { Context } from 'koa';
import type { Heartbeat } from '../../contract/heartbeat.ts';
import type { Redelivery } from '../../delivery/redeliver.ts';
import { type Route, sendProblem } from '../route.ts';

/** The dead letters of one destination, as this room needs them. */
export type DeadLetterShelf = {
  /** Throws `StoreUnavailable`, as all of these. */
  page(after: number, limit: number): readonly ShelvedLetter[];
  retry(letters: readonly ShelvedLetter[]): Promise<Redelivery>;
  count(): number;
};

export type ShelvedLetter = {
  /** The number in the outbox. */
  readonly seq: number;
  readonly atMs: number;
  readonly reason: string;
  readonly record: Heartbeat;
};

const maxLimit = 1_000;

/** What a destination refused: to look at, and to send again once its cause is mended. */
export function deadLetterRoutes(shelves: Readonly<Record<string, DeadLetterShelf>>): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/dead-letters',
      summary: 'Heartbeats that a destination refused for good',
      scope: 'read',
      handle(context) {
        const asked = readQuery(context, shelves);
        if (!asked) return;
        const { destination, shelf, after, limit } = asked;
        const letters = shelf.page(after, limit);
        context.body = {
          destination,
          total: shelf.count(),
          deadLetters: letters.map(({ seq, atMs, reason, record }) => ({
            id: seq,
            at: new Date(atMs).toISOString(),
            reason,
            heartbeat: inPublic(record),
          })),
          next: nextOf(letters, limit),
        };
      },
    },
    {
      method: 'post',
      path: '/api/v1/dead-letters/retry',
      summary: 'Send dead letters to their destination once more',
      scope: 'admin',
      async handle(context) {
        const asked = readQuery(context, shelves);
        if (!asked) return;
        const { shelf, after, limit } = asked;
        const letters = shelf.page(after, limit);
        const { delivered, rejected, stopped } = await shelf.retry(letters);
        context.body = {
          delivered,
          rejected,
          left: shelf.count(),
          // Those that are refused again stay where they are: what lies behind them is asked for so.
          ...(stopped
            ? { stopped: { reason: stopped.reason, detail: stopped.detail } }
            : { next: nextOf(letters, limit) }),
        };
      },
    },
  ];
}

/** What to pass as `after` for the page behind this one; undefined where there is none. */
const nextOf = (letters: readonly ShelvedLetter[], limit: number) =>
  letters.length === limit ? letters.at(-1)?.seq : undefined;

function inPublic({ name, version, instance, timestampMs, receivedAtMs, ...rest }: Heartbeat) {
  const { intervalSeconds, status, meta } = rest;
  return {
    name,
    version,
    instance,
    timestamp: new Date(timestampMs).toISOString(),
    receivedAt: new Date(receivedAtMs).toISOString(),
    interval: intervalSeconds,
    status,
    meta,
  };
}

function readQuery(context: Context, shelves: Readonly<Record<string, DeadLetterShelf>>) {
  const { destination = 'monasca', after = '0', limit = '100' } = context.query;
  // Not just any property: an object has a `constructor` too.
  const isKnown = typeof destination === 'string' && Object.hasOwn(shelves, destination);
  const shelf = isKnown ? shelves[destination] : undefined;
  if (!shelf || typeof destination !== 'string') {
    const known = Object.keys(shelves).join(', ') || 'none: no Keystone is configured';
    return invalid(context, `destination: expected one of the destinations in use (${known}).`);
  }
  if (!isWhole(after, 0, Number.MAX_SAFE_INTEGER)) {
    return invalid(context, 'after: expected the "next" of the page before.');
  }
  if (!isWhole(limit, 1, maxLimit)) {
    return invalid(context, `limit: expected a whole number from 1 to ${maxLimit}.`);
  }
  return { destination, shelf, after: Number(after), limit: Number(limit) };
}

function invalid(context: Context, detail: string): undefined {
  sendProblem(context, { code: 'invalid-parameter', detail });
  return undefined;
}

const isWhole = (text: unknown, min: number, max: number): boolean =>
  typeof text === 'string' && /^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max;
