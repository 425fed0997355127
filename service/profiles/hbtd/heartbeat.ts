import type { Caller } from '../../contract/access/caller.ts';
import type { RawResponse } from '../../contract/problem.ts';
import type { Acceptance, Ingest } from '../../ingest/ingest.ts';
import { goNumber, readStrings } from './go-values.ts';
import { emptyResponse, hbtdProblem, notStored, root, toHbtdProblem } from './responses.ts';
import { kindOf, noKind, normalise } from './xname.ts';

/** In problems about heartbeats of both paths. */
const instance = `${root}/heartbeat`;

/** Identity of a component: its kind is the name, its xname the instance. */
export const xnameIdentity = (xname: string, version: string) => {
  const spelled = normalise(xname);
  return { name: kindOf(spelled) ?? noKind, version, instance: spelled };
};

/** `version` is that of all components of this protocol. */
type Intake = { readonly ingest: Ingest; readonly version: string; readonly caller: Caller };

/** Fields in the order in which they are checked. */
const allFields = ['Component', 'Hostname', 'NID', 'Status', 'Timestamp'] as const;
const fieldsBesidePath = ['Status', 'Timestamp'] as const;

/** `POST /heartbeat`: the body names the component, which has to be a valid xname. */
export async function acceptHeartbeat(body: Buffer, intake: Intake): Promise<RawResponse> {
  const { ingest } = intake;
  const fields = readComplete(body, allFields, ingest);
  if ('status' in fields) return fields;
  const { text } = fields;
  if (kindOf(text('Component')) === undefined) return refuse('Invalid Component Name', ingest);
  if (!isNid(text('NID'))) return refuse('Invalid NID', ingest);
  return store(text('Component'), intake, {
    hostname: text('Hostname'),
    nid: text('NID'),
    status: text('Status'),
    timestamp: text('Timestamp'),
  });
}

/** `POST /heartbeat/{xname}`: the path names the component, with any name. */
export async function acceptHeartbeatOf(
  xname: string,
  body: Buffer,
  intake: Intake,
): Promise<RawResponse> {
  const fields = readComplete(body, fieldsBesidePath, intake.ingest);
  if ('status' in fields) return fields;
  const { text } = fields;
  return store(xname, intake, { status: text('Status'), timestamp: text('Timestamp') });
}

function readComplete<Name extends string>(
  body: Buffer,
  names: readonly Name[],
  ingest: Ingest,
): RawResponse | { text(name: Name): string } {
  const read = readStrings(body, names);
  switch (read.kind) {
    case 'malformed':
      return refuse('Invalid JSON data type', ingest);
    case 'wrong-type':
      return refuse(`Invalid data type in ${read.name} field`, ingest);
    case 'strings': {
      const missing = names.find((name) => read.text(name) === '');
      return missing === undefined ? read : refuse(`Missing ${missing} field`, ingest);
    }
  }
}

function refuse(detail: string, ingest: Ingest): RawResponse {
  ingest.noteRefusal('hbtd', 'malformed-body');
  return hbtdProblem(400, detail, instance);
}

/**
 * The time of receipt counts: hbtd never read the sender's text as a time, and a node may have a
 * wrong clock. The text is forwarded to Monasca with the other ones.
 */
async function store(
  xname: string,
  { ingest, version, caller }: Intake,
  texts: Readonly<Record<string, string>>,
): Promise<RawResponse> {
  const short = Object.entries(texts).map(([key, text]) => [key, shortened(text)]);
  const meta = Object.fromEntries(short);
  const candidate = { ...xnameIdentity(xname, version), meta };
  return responseTo(await ingest.acceptOne('hbtd', candidate, caller));
}

function responseTo(result: Acceptance): RawResponse {
  if (result.kind === 'accepted') return emptyResponse(200);
  const { code, retryAfterSeconds = 1 } = result.problem;
  switch (code) {
    case 'heartbeats-rejected':
      return hbtdProblem(400, 'Invalid Component Name', instance);
    case 'forbidden':
      return toHbtdProblem(result.problem, instance);
    default:
      return notStored(retryAfterSeconds, instance);
  }
}

/** Bounds each text, because `value_meta` is bounded as a whole and counts escaped characters. */
const maxCharacters = 80;

const shortened = (text: string) =>
  text.length <= maxCharacters && text.isWellFormed()
    ? text
    : text.toWellFormed().slice(0, maxCharacters).toWellFormed();

const greatest = 2n ** 63n;
/** Long numbers take long to parse; leading zeros do not count. */
const maxDigits = 80;

/** Accepts Go's notations of numbers, and leading zeros, which Go takes for octal. */
function isNid(text: string): boolean {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const digits = text.slice(sign.length).replace(/^0+(?=0)/, '');
  if (digits.length > maxDigits) return false;
  const value = /^[0-9]+$/.test(digits) ? BigInt(digits) : goNumber(digits);
  return value !== undefined && (value < greatest || (sign === '-' && value === greatest));
}
