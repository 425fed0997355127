import { z } from 'zod';
import { noContent, type Operation, textContent } from '../../contract/api/operation.ts';
import {
  type Problem,
  problemResponse,
  type RawResponse,
  statusOf,
} from '../../contract/problem.ts';
import type { RawRoute } from '../../contract/raw-route.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { firstJsonObject } from './first-json-object.ts';

/**
 * `/beat`: the only call of the original GE Heartbeat service. It accepts a JSON object of strings
 * with any method and Content-Type; 200 with an empty body means that the heartbeat is on disk.
 */
export function beatRawRoute(ingest: Ingest): RawRoute {
  const refuseUnread = (problem: Problem): RawResponse => {
    ingest.noteRefusal('ge', problem.code);
    return refuse(problem);
  };
  return {
    path: '/beat',
    methods: 'any',
    scope: 'ingest',
    takesTokenInPath: true,
    operation: beatOperation,
    async handle(body, caller) {
      const read = firstJsonObject(body);
      if (read.kind === 'malformed') return refuseUnread(malformed(read.detail));
      const fields = readFields(read.object);
      if (fields.kind === 'not-strings') {
        return refuseUnread(malformed(`${fields.names.join(', ')}: expected a string.`));
      }
      const { ID, Enabler_ID, Enabler_Version, Timestamp, Interval, Status, SentAt } =
        fields.values;
      const candidate = {
        name: Enabler_ID,
        version: Enabler_Version,
        instance: ID,
        // The original sent an empty timestamp to Monasca, which rejected it.
        timestamp: Timestamp === '' ? undefined : Timestamp,
        interval: intervalOf(Interval),
        status: Status === '' ? undefined : Status,
        sentAt: SentAt === '' ? undefined : SentAt,
      };
      const result = await ingest.acceptOne('ge', candidate, caller);
      return result.kind === 'accepted' ? accepted : refuse(withOriginalNames(result.problem));
    },
    refuse: refuseUnread,
  };
}

/** `/status`: the original's liveness probe, word for word. */
export const statusRawRoute: RawRoute = {
  path: '/status',
  methods: 'any',
  scope: 'none',
  operation: {
    tag: 'health',
    summary: "The original GE Heartbeat's liveness probe",
    responses: { 200: textContent('The service is alive.') },
    problems: [],
  },
  handle: () => Promise.resolve(text(200, "Hello, I'm here")),
  refuse,
};

const nullable = z.string().nullish();

const beatSchema = z
  .looseObject({
    ID: z.string().describe('Instance.'),
    Enabler_ID: z.string().describe('Name of the component.'),
    Enabler_Version: z.string().describe('Version of the component.'),
    Timestamp: nullable.describe(
      'Nanoseconds since 1970, or as in a heartbeat; absent: time of receipt.',
    ),
    Interval: nullable.describe(
      'Seconds until the next one, as digits: an addition to the original.',
    ),
    Status: nullable.describe(
      '`stopping`: the instance ends on purpose, without an alarm; `not_ok`: something is wrong with it: ' +
        'an addition to the original.',
    ),
    SentAt: nullable.describe(
      'Time at which this request was sent, by the same clock as `Timestamp`: an addition to the original.',
    ),
  })
  .meta({ id: 'OriginalHeartbeat', description: 'Names of fields in any case.' });

const beatOperation: Operation = {
  tag: 'heartbeats',
  summary: 'Send a heartbeat as the original GE Heartbeat service takes it',
  description: 'Any method, any Content-Type. Problems are one line of plain text.',
  body: {
    description: 'One heartbeat; text that follows it is ignored.',
    content: { 'application/json': beatSchema },
    example: { ID: 'orion-7f9c', Enabler_ID: 'Orion', Enabler_Version: '3.10.1' },
  },
  responses: { 200: noContent('The heartbeat is on disk.') },
  problems: [
    'malformed-body',
    'heartbeats-rejected',
    'body-too-large',
    'unsupported-encoding',
    'outbox-full',
    'store-unavailable',
    'stopping',
  ],
  problemsAre: 'text/plain',
};

/** The last three are additions; the original ignores them, as all unknown fields. */
const names = [
  ...(['ID', 'Enabler_ID', 'Enabler_Version', 'Timestamp'] as const),
  ...(['Interval', 'Status', 'SentAt'] as const),
];
type Name = (typeof names)[number];
const nameOf: ReadonlyMap<string, Name> = new Map(names.map((name) => [name.toLowerCase(), name]));

const malformed = (detail: string): Problem => ({ code: 'malformed-body', detail });

type FieldsRead =
  | { readonly kind: 'values'; readonly values: Record<Name, string> }
  | { readonly kind: 'not-strings'; readonly names: readonly Name[] };

/** As the original's decoder: names in any case, unknown fields ignored, missing ones empty. */
function readFields(object: object): FieldsRead {
  const values: Record<Name, string> = {
    ID: '',
    Enabler_ID: '',
    Enabler_Version: '',
    Timestamp: '',
    Interval: '',
    Status: '',
    SentAt: '',
  };
  const wrong: Name[] = [];
  for (const [key, value] of Object.entries(object)) {
    const name = nameOf.get(key.toLowerCase());
    if (name === undefined || value === null) continue;
    if (typeof value === 'string') values[name] = value;
    else wrong.push(name);
  }
  return wrong.length > 0 ? { kind: 'not-strings', names: wrong } : { kind: 'values', values };
}

/** Whole seconds as digits; ingest rejects any other text. */
function intervalOf(text: string): number | string | undefined {
  if (text === '') return undefined;
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

const accepted: RawResponse = { status: 200, headers: {}, body: '' };

const original: Readonly<Record<string, Name>> = {
  '$.name': 'Enabler_ID',
  '$.version': 'Enabler_Version',
  '$.instance': 'ID',
  '$.timestamp': 'Timestamp',
  '$.interval': 'Interval',
  '$.status': 'Status',
  '$.sentAt': 'SentAt',
};

/** The problem with the field names of this protocol. */
function withOriginalNames(problem: Problem): Problem {
  const errors = problem.rejected?.flatMap((item) => item.errors) ?? [];
  if (errors.length === 0) return problem;
  const parts = errors.map(
    ({ path, expected, got }) => `${original[path] ?? path}: expected ${expected}; got ${got}`,
  );
  return { ...problem, detail: `${parts.join('. ')}.` };
}

/** Problems of this protocol are plain text, one line. */
function refuse(problem: Problem): RawResponse {
  const { 'content-type': _, ...headers } = problemResponse(problem).headers;
  return text(statusOf(problem), `${problem.detail}\n`, headers);
}

function text(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): RawResponse {
  return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body };
}
