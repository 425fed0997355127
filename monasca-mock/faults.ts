import { z } from 'zod';
import type { ServiceName } from './requests.ts';

/** What can go wrong on demand. */
export const faultKinds = [
  /** Answers `status`, with `body`, `headers` and `retryAfter` if given. */
  'status',
  /** Answers as always, `delayMs` later. */
  'slow',
  /** Takes the request and never answers. */
  'hang',
  /** Sends headers and half a body, and then nothing more. */
  'half-open',
  /** Closes the connection; nothing has been done. */
  'cut',
  /** Does what was asked, and closes the connection instead of answering. */
  'cut-after',
  /** Does not listen at all for `seconds`. */
  'refuse',
  /** 401 as for an expired token: a new one helps. */
  'token-401',
  /** 401 as for a missing role: a new token does not help. */
  'policy-401',
  /** 422 for posts that hold a metric which matches `metric`. */
  'reject-metrics',
] as const;

export const faultRequest = z
  .strictObject({
    kind: z.enum(faultKinds),
    service: z.enum(['keystone', 'monasca', 'both']).default('both'),
    method: z.string().optional(),
    /** A prefix; with `*` in it a pattern for the whole path. */
    path: z.string().optional(),
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** A text goes out as it is, anything else as JSON. */
    body: z.unknown().optional(),
    retryAfter: z.union([z.number(), z.string()]).optional(),
    delayMs: z.number().min(0).max(86_400_000).optional(),
    /** How many requests it meets; without `count` and `seconds` all until it is removed. */
    count: z.int().min(1).optional(),
    seconds: z.number().positive().max(86_400).optional(),
    metric: z
      .strictObject({
        name: z.string().optional(),
        dimensions: z.record(z.string(), z.string()).optional(),
      })
      .optional(),
  })
  .refine((fault) => fault.kind !== 'status' || fault.status !== undefined, {
    path: ['status'],
    message: 'kind "status" needs the status to answer',
  })
  .refine((fault) => fault.kind !== 'refuse' || fault.seconds !== undefined, {
    path: ['seconds'],
    message: 'kind "refuse" needs seconds: a closed port cannot be told to open again',
  });

export type PostedMetric = { name: string; dimensions: Readonly<Record<string, string>> };

export type FaultRequest = z.infer<typeof faultRequest>;
export type Fault = FaultRequest & {
  id: string;
  /** How many requests it has met. */
  hits: number;
  endsAtMs: number | null;
};

export type FaultBook = {
  add(request: FaultRequest): Fault;
  list(): Fault[];
  remove(id: string): boolean;
  clear(): void;
  /** The oldest fault that fits a request; it counts as met. */
  take(service: ServiceName, method: string, path: string): Fault | undefined;
  /** The same for a metric of a post; asked for each, so it must be quick. */
  takeRejection(metric: PostedMetric): Fault | undefined;
};

export function createFaultBook(now: () => number): FaultBook {
  let faults: Fault[] = [];
  let numbered = 0;

  const living = () => {
    faults = faults.filter(
      ({ hits, count, endsAtMs }) =>
        (count === undefined || hits < count) && (endsAtMs === null || now() < endsAtMs),
    );
    return faults;
  };
  const meet = (fits: (fault: Fault) => boolean) => {
    if (faults.length === 0) return undefined;
    const fault = living().find(fits);
    if (fault) fault.hits += 1;
    return fault;
  };

  return {
    add(request) {
      numbered += 1;
      const { seconds } = request;
      const endsAtMs = seconds === undefined ? null : now() + seconds * 1000;
      const fault = { ...request, id: `fault-${numbered}`, hits: 0, endsAtMs };
      faults = [...living(), fault];
      return fault;
    },
    list: () => [...living()],
    remove(id) {
      const before = faults.length;
      faults = faults.filter((fault) => fault.id !== id);
      return faults.length < before;
    },
    clear() {
      faults = [];
    },
    take: (service, method, path) =>
      meet((fault) => isPlayedAtOnce(fault) && fitsRequest(fault, service, method, path)),
    takeRejection: (metric) =>
      meet((fault) => fault.kind === 'reject-metrics' && fitsMetric(fault, metric)),
  };
}

/** The other kinds wait for the body or are a matter of the listener. */
function isPlayedAtOnce({ kind }: Fault): boolean {
  return kind !== 'reject-metrics' && kind !== 'refuse';
}

function fitsRequest(fault: Fault, service: ServiceName, method: string, path: string): boolean {
  if (fault.service !== 'both' && fault.service !== service) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  return fault.path === undefined || fitsPath(fault.path, path);
}

function fitsPath(wanted: string, path: string): boolean {
  if (!wanted.includes('*')) return path.startsWith(wanted);
  const pattern = wanted.split('*').map(RegExp.escape).join('.*');
  return new RegExp(`^${pattern}$`).test(path);
}

/** A `*` in a wanted value stands for anything, as in paths. */
function fitsMetric({ metric }: Fault, { name, dimensions }: PostedMetric): boolean {
  if (metric?.name !== undefined && !fitsValue(metric.name, name)) return false;
  return Object.entries(metric?.dimensions ?? {}).every(([key, wanted]) => {
    const value = dimensions[key];
    return value !== undefined && fitsValue(wanted, value);
  });
}

function fitsValue(wanted: string, value: string): boolean {
  return wanted.includes('*') ? fitsPath(wanted, value) : wanted === value;
}
