import { z } from 'zod';
import type { ServiceName } from './requests.ts';

export const faultKinds = [
  /** Responds with `status`, and with `body`, `headers` and `retryAfter` if given. */
  'status',
  /** Responds as usual after `delayMs`. */
  'slow',
  /** Accepts the request and never responds. */
  'hang',
  /** Sends headers and half a body, and then nothing more. */
  'half-open',
  /** Closes the connection before the request is processed. */
  'cut',
  /** Processes the request, and closes the connection instead of responding. */
  'cut-after',
  /** Closes the port for `seconds`. */
  'refuse',
  /** 401 as for an expired token: a new token helps. */
  'token-401',
  /** 401 as for a missing role: a new token does not help. */
  'policy-401',
  /** 422 for posts that contain a metric which matches `metric`. */
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
    /** A text is sent unchanged, anything else as JSON. */
    body: z.unknown().optional(),
    retryAfter: z.union([z.number(), z.string()]).optional(),
    delayMs: z.number().min(0).max(86_400_000).optional(),
    /** Number of requests that it affects; without `count` and `seconds` all until its removal. */
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
    message: 'kind "status" requires status',
  })
  .refine((fault) => fault.kind !== 'refuse' || fault.seconds !== undefined, {
    path: ['seconds'],
    message: 'kind "refuse" requires seconds, because a closed port accepts no command to open',
  });

type PostedMetric = { name: string; dimensions: Readonly<Record<string, string>> };

export type Fault = z.infer<typeof faultRequest> & {
  id: string;
  /** Number of requests that it has affected. */
  hits: number;
  endsAtMs: number | null;
};

export type Faults = ReturnType<typeof createFaults>;

/** The faults that a client has ordered. */
export function createFaults(now: () => number) {
  let faults: Fault[] = [];
  let created = 0;

  const active = (): Fault[] => {
    faults = faults.filter(
      ({ hits, count, endsAtMs }) =>
        (count === undefined || hits < count) && (endsAtMs === null || now() < endsAtMs),
    );
    return [...faults];
  };
  const trigger = (matches: (fault: Fault) => boolean): Fault | undefined => {
    if (faults.length === 0) return undefined;
    const fault = active().find(matches);
    if (fault) fault.hits += 1;
    return fault;
  };

  return {
    active,
    add(request: z.infer<typeof faultRequest>): Fault {
      created += 1;
      const { seconds } = request;
      const endsAtMs = seconds === undefined ? null : now() + seconds * 1000;
      const fault = { ...request, id: `fault-${created}`, hits: 0, endsAtMs };
      faults = [...active(), fault];
      return fault;
    },
    /** Returns false if the fault does not exist. */
    remove(id: string): boolean {
      const before = faults.length;
      faults = faults.filter((fault) => fault.id !== id);
      return faults.length < before;
    },
    clear(): void {
      faults = [];
    },
    /** The oldest fault that a request triggers. Other kinds concern metrics or the port. */
    onRequest: (service: ServiceName, method: string, path: string) =>
      trigger(
        (fault) =>
          fault.kind !== 'reject-metrics' &&
          fault.kind !== 'refuse' &&
          (fault.service === 'both' || fault.service === service) &&
          (fault.method === undefined || fault.method.toUpperCase() === method) &&
          (fault.path === undefined || matchesPath(fault.path, path)),
      ),
    /** The oldest fault that a posted metric triggers; fast, because every metric calls it. */
    onMetric: (metric: PostedMetric) =>
      trigger((fault) => fault.kind === 'reject-metrics' && matchesMetric(fault, metric)),
  };
}

function matchesPath(wanted: string, path: string): boolean {
  return wanted.includes('*') ? matchesPattern(wanted, path) : path.startsWith(wanted);
}

function matchesMetric({ metric }: Fault, { name, dimensions }: PostedMetric): boolean {
  if (metric?.name !== undefined && !matchesPattern(metric.name, name)) return false;
  return Object.entries(metric?.dimensions ?? {}).every(([key, wanted]) => {
    const value = dimensions[key];
    return value !== undefined && matchesPattern(wanted, value);
  });
}

/** A `*` matches any text. */
function matchesPattern(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text;
  return new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`).test(text);
}
