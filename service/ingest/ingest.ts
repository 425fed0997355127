import type { Caller } from '../contract/access/caller.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Profile } from '../contract/metrics.ts';
import type { ItemProblem, Problem, ProblemCode } from '../contract/problem.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { AppendResult } from '../store/outbox/outbox.ts';
import { judge, type Verdict } from './candidate.ts';
import { type JsonBody, readJsonBody } from './json-body.ts';

export type Acceptance =
  | {
      readonly kind: 'accepted';
      readonly accepted: number;
      readonly rejected: readonly ItemProblem[];
    }
  | { readonly kind: 'problem'; readonly problem: Problem };

export type Ingest = {
  /** A body of the native protocol: resolves when every good heartbeat in it is on disk. */
  acceptBody(body: Buffer, caller: Caller): Promise<Acceptance>;
  /** One heartbeat of another protocol, in the fields of ours. */
  acceptOne(profile: Profile, candidate: unknown, caller: Caller): Promise<Acceptance>;
  /** Counts a request that was refused before it could come here. */
  noteRefusal(profile: Profile, code: ProblemCode): void;
};

export type IngestOptions = {
  readonly maxHeartbeats: number;
  readonly maxFutureMs: number;
  readonly append: (heartbeats: readonly Heartbeat[]) => Promise<AppendResult>;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** Problems listed in one answer; more would only repeat the same mistake. */
const maxListed = 100;

export function createIngest(options: IngestOptions): Ingest {
  const { append, clock, metrics, maxHeartbeats, maxFutureMs } = options;
  const counts = {
    native: tallies(metrics, 'native'),
    ge: tallies(metrics, 'ge'),
    hbtd: tallies(metrics, 'hbtd'),
  };
  type Counts = (typeof counts)['native'];

  function store(
    heartbeats: readonly Heartbeat[],
    rejected: readonly ItemProblem[],
    skewed: number,
    count: Counts,
  ): Promise<Acceptance> {
    return append(heartbeats).then((result): Acceptance => {
      switch (result.kind) {
        case 'stored':
          count.accepted.add(heartbeats.length);
          if (skewed > 0) count.skewed.add(skewed);
          return { kind: 'accepted', accepted: heartbeats.length, rejected };
        case 'full':
          count.full.add(heartbeats.length);
          return { kind: 'problem', problem: outboxFull };
        case 'unavailable':
          count.unavailable.add(heartbeats.length);
          return { kind: 'problem', problem: storeUnavailable(result.failure.detail) };
      }
    });
  }

  return {
    acceptBody(body, { authorize }) {
      const read = readJsonBody(body, maxHeartbeats);
      const count = counts.native;
      switch (read.kind) {
        case 'malformed':
          count.malformed.add(1);
          return problem({ code: 'malformed-body', detail: read.detail });
        case 'too-many':
          count.received.add(read.count);
          count.tooLarge.add(read.count);
          return problem(tooMany(read.count, maxHeartbeats));
        case 'items':
          count.received.add(read.items.length);
      }
      const receipt = { receivedAtMs: clock.now(), maxFutureMs };
      const heartbeats: Heartbeat[] = [];
      const rejected: ItemProblem[] = [];
      let skewed = 0;
      let barred = 0;
      for (let index = 0; index < read.items.length; index++) {
        const verdict = judgeItem(read, index, receipt);
        if (verdict.kind === 'invalid') {
          rejected.push({ index, errors: verdict.errors });
          continue;
        }
        const error = authorize?.(verdict.heartbeat, pathOf(read, index));
        if (error) {
          rejected.push({ index, errors: [error] });
          barred++;
          continue;
        }
        heartbeats.push(verdict.heartbeat);
        if (verdict.isSkewed) skewed++;
      }
      if (rejected.length > 0) {
        count.invalid.add(rejected.length - barred);
        count.forbidden.add(barred);
      }
      if (heartbeats.length === 0 && rejected.length > 0) {
        return problem(allRejected(rejected, barred));
      }
      return store(heartbeats, rejected.slice(0, maxListed), skewed, count);
    },

    acceptOne(profile, candidate, { authorize }) {
      const count = counts[profile];
      count.received.add(1);
      const verdict = judge(candidate, '$', { receivedAtMs: clock.now(), maxFutureMs });
      if (verdict.kind === 'invalid') {
        count.invalid.add(1);
        const rejected = [{ index: 0, errors: verdict.errors }];
        return problem(allRejected(rejected, 0));
      }
      const error = authorize?.(verdict.heartbeat, '$');
      if (error) {
        count.forbidden.add(1);
        return problem(allRejected([{ index: 0, errors: [error] }], 1));
      }
      return store([verdict.heartbeat], [], verdict.isSkewed ? 1 : 0, count);
    },

    noteRefusal(profile, code) {
      switch (code) {
        case 'malformed-body':
          return counts[profile].malformed.add(1);
        case 'body-too-large':
          return counts[profile].tooLarge.add(1);
        case 'unsupported-encoding':
          return counts[profile].encoding.add(1);
        case 'method-not-allowed':
          return counts[profile].method.add(1);
        case 'unauthorized':
          return counts[profile].unauthorized.add(1);
        case 'forbidden':
          return counts[profile].forbidden.add(1);
        case 'rate-limited':
          return counts[profile].rateLimited.add(1);
        case 'stopping':
          return counts[profile].draining.add(1);
      }
    },
  };
}

/** One more look than `judge` has: at what only the text of the body shows. */
function judgeItem(
  { items, isSingle, duplicates, malformed }: Extract<JsonBody, { kind: 'items' }>,
  index: number,
  receipt: { receivedAtMs: number; maxFutureMs: number },
): Verdict {
  const path = pathOf({ isSingle }, index);
  const broken = malformed.size > 0 ? malformed.get(index) : undefined;
  if (broken !== undefined) {
    return { kind: 'invalid', errors: [{ path, expected: 'a line of JSON', got: broken }] };
  }
  const twice = duplicates.size > 0 ? duplicates.get(index) : undefined;
  if (twice !== undefined) {
    const expected = 'each field once';
    return { kind: 'invalid', errors: [{ path: `${path}${twice}`, expected, got: 'two of them' }] };
  }
  return judge(items[index], path, receipt);
}

const pathOf = ({ isSingle }: { readonly isSingle: boolean }, index: number): string =>
  isSingle ? '$' : `$[${index}]`;

const retryAfterSeconds = 5;

const problem = (what: Problem): Promise<Acceptance> =>
  Promise.resolve({ kind: 'problem', problem: what });

const outboxFull: Problem = {
  code: 'outbox-full',
  detail:
    'As many heartbeats wait for delivery as outbox.maxRecords allows. Nothing of this request ' +
    'was stored; send it again later.',
  retryAfterSeconds,
};

const storeUnavailable = (detail: string): Problem => ({
  code: 'store-unavailable',
  detail: `Nothing of this request was stored; send it again later. The store says: ${detail}.`,
  retryAfterSeconds,
});

const tooMany = (count: number, limit: number): Problem => ({
  code: 'too-many-heartbeats',
  detail: `There are ${count} heartbeats in the body, and ${limit} are allowed in one request.`,
});

/** A request of which nothing is wrong but who sent it is forbidden. */
function allRejected(rejected: readonly ItemProblem[], barred: number): Problem {
  const { path, expected, got } = rejected[0]?.errors[0] ?? { path: '$', expected: '', got: '' };
  return {
    code: barred === rejected.length ? 'forbidden' : 'heartbeats-rejected',
    detail: `${path}: expected ${expected}; got ${got}.`,
    rejected: rejected.slice(0, maxListed),
  };
}

function tallies(metrics: Metrics, profile: Profile) {
  return {
    received: metrics.hotCounter('received', { profile }),
    accepted: metrics.hotCounter('accepted', { profile }),
    skewed: metrics.hotCounter('skewed', { profile }),
    invalid: metrics.hotCounter('rejected', { profile, reason: 'invalid' }),
    malformed: metrics.hotCounter('rejected', { profile, reason: 'malformed' }),
    tooLarge: metrics.hotCounter('rejected', { profile, reason: 'too-large' }),
    encoding: metrics.hotCounter('rejected', { profile, reason: 'bad-encoding' }),
    method: metrics.hotCounter('rejected', { profile, reason: 'wrong-method' }),
    unauthorized: metrics.hotCounter('rejected', { profile, reason: 'unauthorized' }),
    forbidden: metrics.hotCounter('rejected', { profile, reason: 'forbidden' }),
    rateLimited: metrics.hotCounter('rejected', { profile, reason: 'rate-limited' }),
    draining: metrics.hotCounter('rejected', { profile, reason: 'draining' }),
    full: metrics.hotCounter('rejected', { profile, reason: 'store-full' }),
    unavailable: metrics.hotCounter('rejected', { profile, reason: 'store-unavailable' }),
  };
}
