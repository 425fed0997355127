import type { Caller } from '../contract/access/caller.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Profile, RejectionReason } from '../contract/metrics.ts';
import type { ItemProblem, Problem, ProblemCode } from '../contract/problem.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HotCounter, Metrics } from '../runtime/metrics.ts';
import type { AppendResult } from '../store/outbox/outbox.ts';
import {
  checkHeartbeat,
  type HeartbeatCheck,
  type Receipt,
  type Relayed,
} from './check-heartbeat.ts';
import { type JsonBody, readJsonBody } from './json-body.ts';

export type Acceptance =
  | {
      readonly kind: 'accepted';
      readonly accepted: number;
      readonly rejected: readonly ItemProblem[];
    }
  | { readonly kind: 'problem'; readonly problem: Problem };

export type Ingest = {
  /**
   * Accepts a body of the native API: resolves when all valid heartbeats in it are on disk.
   * `relayed`: a message broker has delivered it.
   */
  acceptBody(body: Buffer, caller: Caller, relayed?: Relayed): Promise<Acceptance>;
  /** Accepts heartbeats of another protocol that came together, in the fields of the native API. */
  acceptAll(
    profile: Profile,
    candidates: readonly Candidate[],
    caller: Caller,
    relayed?: Relayed,
  ): Promise<Acceptance>;
  /** Accepts one heartbeat of another protocol, in the fields of the native API. */
  acceptOne(profile: Profile, candidate: unknown, caller: Caller): Promise<Acceptance>;
  /** Counts a request that was rejected before ingest. */
  noteRefusal(profile: Profile, code: ProblemCode): void;
};

/** A heartbeat of another protocol; `path` is its place in the message, for errors. */
export type Candidate = { readonly path: string; readonly fields: unknown };

type IngestOptions = {
  readonly maxHeartbeats: number;
  readonly maxFutureMs: number;
  /** Age above which a timestamp is counted as old. */
  readonly maxAgeMs: number;
  readonly append: (heartbeats: readonly Heartbeat[]) => Promise<AppendResult>;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

export function createIngest(options: IngestOptions): Ingest {
  const { clock, metrics, maxHeartbeats, maxFutureMs } = options;
  const counters = {
    native: countersOf(metrics, 'native'),
    ge: countersOf(metrics, 'ge'),
    hbtd: countersOf(metrics, 'hbtd'),
    lvmbeat: countersOf(metrics, 'lvmbeat'),
    herald: countersOf(metrics, 'herald'),
    amqp: countersOf(metrics, 'amqp'),
    'pipeline-heartbeat': countersOf(metrics, 'pipeline-heartbeat'),
  };
  const receipt = (relayed?: Relayed): Receipt => ({
    receivedAtMs: clock.now(),
    maxFutureMs,
    relayed,
  });

  return {
    acceptBody(body, caller, relayed) {
      const read = readJsonBody(body, maxHeartbeats);
      const count = relayed === undefined ? counters.native : counters.amqp;
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
          return store(options, checkItems(read, receipt(relayed), caller), count);
      }
    },

    acceptAll(profile, candidates, caller, relayed) {
      const count = counters[profile];
      count.received.add(candidates.length);
      const checked = new CheckedHeartbeats();
      const received = receipt(relayed);
      for (const [index, { path, fields }] of candidates.entries()) {
        checked.add(index, path, checkHeartbeat(fields, path, received), caller);
      }
      return store(options, checked, count);
    },

    acceptOne(profile, candidate, caller) {
      const count = counters[profile];
      count.received.add(1);
      const checked = new CheckedHeartbeats();
      checked.add(0, '$', checkHeartbeat(candidate, '$', receipt()), caller);
      return store(options, checked, count);
    },

    noteRefusal(profile, code) {
      counters[profile].byProblem[code]?.add(1);
    },
  };
}

/** The heartbeats of one request, valid and rejected ones apart. */
class CheckedHeartbeats {
  readonly valid: Heartbeat[] = [];
  readonly rejected: ItemProblem[] = [];
  skewed = 0;
  /** Heartbeats among `rejected` that are valid, but not allowed for the caller. */
  forbidden = 0;

  add(index: number, path: string, check: HeartbeatCheck, { authorize }: Caller): void {
    if (check.kind === 'invalid') {
      this.rejected.push({ index, errors: check.errors });
      return;
    }
    const error = authorize?.(check.heartbeat, path);
    if (error) {
      this.rejected.push({ index, errors: [error] });
      this.forbidden++;
      return;
    }
    this.valid.push(check.heartbeat);
    if (check.isSkewed) this.skewed++;
  }
}

type Items = Extract<JsonBody, { kind: 'items' }>;

function checkItems(read: Items, receipt: Receipt, caller: Caller): CheckedHeartbeats {
  const checked = new CheckedHeartbeats();
  for (let index = 0; index < read.items.length; index++) {
    const path = read.isSingle ? '$' : `$[${index}]`;
    checked.add(index, path, checkItem(read, index, path, receipt), caller);
  }
  return checked;
}

/** Checks one item, and the errors that only the text of the body shows. */
function checkItem(
  { items, duplicates, malformed }: Items,
  index: number,
  path: string,
  receipt: Receipt,
): HeartbeatCheck {
  const broken = malformed.size > 0 ? malformed.get(index) : undefined;
  if (broken !== undefined) {
    return { kind: 'invalid', errors: [{ path, expected: 'a line of JSON', got: broken }] };
  }
  const twice = duplicates.size > 0 ? duplicates.get(index) : undefined;
  if (twice !== undefined) {
    const expected = 'each field once';
    return { kind: 'invalid', errors: [{ path: `${path}${twice}`, expected, got: 'two of them' }] };
  }
  return checkHeartbeat(items[index], path, receipt);
}

async function store(
  { append, maxAgeMs }: IngestOptions,
  { valid, rejected, skewed, forbidden }: CheckedHeartbeats,
  count: ReturnType<typeof countersOf>,
): Promise<Acceptance> {
  if (rejected.length > 0) {
    count.invalid.add(rejected.length - forbidden);
    count.forbidden.add(forbidden);
    if (valid.length === 0) return problem(allRejected(rejected, forbidden));
  }
  const result = await append(valid);
  switch (result.kind) {
    case 'stored':
      count.accepted.add(valid.length);
      if (skewed > 0) count.skewed.add(skewed);
      count.old.add(countOld(valid, maxAgeMs));
      return {
        kind: 'accepted',
        accepted: valid.length,
        rejected: rejected.slice(0, maxListed),
      };
    case 'full':
      count.full.add(valid.length);
      return problem(outboxFull);
    case 'unavailable':
      count.unavailable.add(valid.length);
      return problem(storeUnavailable(result.failure.detail));
  }
}

function countOld(heartbeats: readonly Heartbeat[], maxAgeMs: number): number {
  let old = 0;
  for (const { receivedAtMs, timestampMs } of heartbeats) {
    if (receivedAtMs - timestampMs > maxAgeMs) old++;
  }
  return old;
}

const retryAfterSeconds = 5;

/** Most problems listed in a response; more would repeat the same mistake. */
const maxListed = 100;

const problem = (problem: Problem): Promise<Acceptance> =>
  Promise.resolve({ kind: 'problem', problem });

const outboxFull: Problem = {
  code: 'outbox-full',
  detail:
    'The number of heartbeats that wait for delivery has reached outbox.maxRecords. No heartbeat of ' +
    'this request was stored; send it again later.',
  retryAfterSeconds,
};

const storeUnavailable = (detail: string): Problem => ({
  code: 'store-unavailable',
  detail: `No heartbeat of this request was stored; send it again later. Store: ${detail}.`,
  retryAfterSeconds,
});

const tooMany = (count: number, limit: number): Problem => ({
  code: 'too-many-heartbeats',
  detail: `The body has ${count} heartbeats, and ${limit} are allowed in one request.`,
});

/** `forbidden` is the code when all heartbeats are valid, but not allowed for the caller. */
function allRejected(rejected: readonly ItemProblem[], forbidden: number): Problem {
  const { path, expected, got } = rejected[0]?.errors[0] ?? { path: '$', expected: '', got: '' };
  return {
    code: forbidden === rejected.length ? 'forbidden' : 'heartbeats-rejected',
    detail: `${path}: expected ${expected}; got ${got}.`,
    rejected: rejected.slice(0, maxListed),
  };
}

function countersOf(metrics: Metrics, profile: Profile) {
  const counter = (key: 'received' | 'accepted' | 'skewed' | 'old') =>
    metrics.hotCounter(key, { profile });
  const rejection = (reason: RejectionReason) =>
    metrics.hotCounter('rejected', { profile, reason });
  const [malformed, tooLarge] = [rejection('malformed'), rejection('too-large')];
  const forbidden = rejection('forbidden');
  const byProblem: Partial<Record<ProblemCode, HotCounter>> = {
    'malformed-body': malformed,
    'body-too-large': tooLarge,
    'unsupported-encoding': rejection('bad-encoding'),
    'method-not-allowed': rejection('wrong-method'),
    unauthorized: rejection('unauthorized'),
    forbidden,
    'rate-limited': rejection('rate-limited'),
    stopping: rejection('draining'),
  };
  return {
    received: counter('received'),
    accepted: counter('accepted'),
    skewed: counter('skewed'),
    old: counter('old'),
    invalid: rejection('invalid'),
    full: rejection('store-full'),
    unavailable: rejection('store-unavailable'),
    malformed,
    tooLarge,
    forbidden,
    byProblem,
  };
}
