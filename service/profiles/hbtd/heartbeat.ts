import type { Caller } from '../../contract/access/caller.ts';
import type { HttpResponse } from '../../contract/problem.ts';
import type { Acceptance, Ingest } from '../../ingest/ingest.ts';
import { goNumber, readStrings } from './go-values.ts';
import { inItsWords, noBody, notStored, problem, root } from './words.ts';
import { kindOf, noKind, normalise } from './xname.ts';

/** In problems about heartbeats, whichever of the two paths they came by. */
const instance = `${root}/heartbeat`;

/** What the components of this protocol are called in ours: by their kind, in one version. */
export type Naming = { readonly version: string };

export const identityOf = (xname: string, { version }: Naming) => {
  const spelled = normalise(xname);
  return { name: kindOf(spelled) ?? noKind, version, instance: spelled };
};

/** The way in for a heartbeat. */
export type Way = {
  readonly ingest: Ingest;
  readonly naming: Naming;
  readonly caller: Caller;
};

/** Its parts, in the order in which they are asked for. */
const parts = ['Component', 'Hostname', 'NID', 'Status', 'Timestamp'] as const;
const partsWithName = ['Status', 'Timestamp'] as const;

/** `POST /heartbeat`: who it is from stands in it, and has to be the name of something. */
export async function takeHeartbeat(body: Buffer, way: Way): Promise<HttpResponse> {
  const { ingest } = way;
  const read = readComplete(body, parts, ingest);
  if ('status' in read) return read;
  const { text } = read;
  if (kindOf(text('Component')) === undefined) return refused('Invalid Component Name', ingest);
  if (!isNid(text('NID'))) return refused('Invalid NID', ingest);
  return store(text('Component'), way, {
    hostname: text('Hostname'),
    nid: text('NID'),
    status: text('Status'),
    timestamp: text('Timestamp'),
  });
}

/** `POST /heartbeat/{xname}`: who it is from stands in the path, and may be called anything. */
export async function takeHeartbeatOf(
  xname: string,
  body: Buffer,
  way: Way,
): Promise<HttpResponse> {
  const read = readComplete(body, partsWithName, way.ingest);
  if ('status' in read) return read;
  const { text } = read;
  return store(xname, way, { status: text('Status'), timestamp: text('Timestamp') });
}

function readComplete<Name extends string>(
  body: Buffer,
  names: readonly Name[],
  ingest: Ingest,
): HttpResponse | { text(name: Name): string } {
  const read = readStrings(body, names);
  switch (read.kind) {
    case 'malformed':
      return refused('Invalid JSON data type', ingest);
    case 'wrong-type':
      return refused(`Invalid data type in ${read.name} field`, ingest);
    case 'strings': {
      const missing = names.find((name) => read.text(name) === '');
      return missing === undefined ? read : refused(`Missing ${missing} field`, ingest);
    }
  }
}

function refused(detail: string, ingest: Ingest): HttpResponse {
  ingest.noteRefusal('hbtd', 'malformed-body');
  return problem(400, detail, instance);
}

/**
 * The time of receipt counts: the sender's text was never read as a time by hbtd, and nodes whose
 * clocks are wrong are alive all the same. It goes along, with the other texts, to Monasca.
 */
async function store(
  xname: string,
  { ingest, naming, caller }: Way,
  texts: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const short = Object.entries(texts).map(([key, text]) => [key, shortened(text)]);
  const meta = Object.fromEntries(short);
  const candidate = { ...identityOf(xname, naming), meta };
  return answerOf(await ingest.acceptOne('hbtd', candidate, caller));
}

function answerOf(result: Acceptance): HttpResponse {
  if (result.kind === 'accepted') return noBody;
  const { code, retryAfterSeconds = 1 } = result.problem;
  switch (code) {
    case 'heartbeats-rejected':
      return problem(400, 'Invalid Component Name', instance);
    case 'forbidden':
      return inItsWords(result.problem, instance);
    default:
      return notStored(retryAfterSeconds, instance);
  }
}

/** They travel as `value_meta`, which is bounded as a whole, with what JSON escapes. */
const mostCharacters = 80;

const shortened = (text: string) =>
  text.length <= mostCharacters && text.isWellFormed()
    ? text
    : text.toWellFormed().slice(0, mostCharacters).toWellFormed();

const greatest = 2n ** 63n;
/** Long numbers take long to read. */
const mostDigits = 80;

/** A number as Go reads it, and also one with zeros in front, which Go takes for an octal one. */
function isNid(text: string): boolean {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const digits = text.slice(sign.length);
  if (digits.length > mostDigits) return false;
  const value = /^[0-9]+$/.test(digits) ? BigInt(digits) : goNumber(digits);
  return value !== undefined && (value < greatest || (sign === '-' && value === greatest));
}
