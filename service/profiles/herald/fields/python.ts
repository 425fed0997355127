import type { RecordField } from '../../../contract/records/log-record.ts';
import { hopsPrefix } from '../../../records/forward/bridge.ts';
import { RefusedPickle } from '../pickle/machine.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { levelOf, type RecordCandidate } from './candidate.ts';
import { fieldOf, flatten } from './flatten.ts';

/** Members of a LogRecord that have a place of their own. */
const placed = new Set(['msg', 'levelno', 'name', 'created', 'exc_text', 'stack_info']);

/** Record of a pickled LogRecord dictionary, as SocketHandler sends it. Throws `RefusedPickle`. */
export function readPythonRecord(bytes: Buffer): RecordCandidate {
  const value = unpickle(bytes);
  if (!(value instanceof Map)) throw new RefusedPickle('malformed', 'it is no dictionary');
  const member = (name: string) => fieldOf(value.get(name));
  const created = value.get('created');
  return {
    message: textOf(member('msg')) ?? '',
    level: levelOf(member('levelno')),
    ...(typeof created === 'number' ? { createdAtMs: Math.round(created * 1_000) } : {}),
    ...named('logger', member('name')),
    ...named('exception', member('exc_text')),
    ...named('stack', member('stack_info')),
    ...hopsOf(member('api_version')),
    fields: flatten(value, (name) => placed.has(name)),
  };
}

/** Null and the text `None` stand for nothing. */
export function textOf(value: RecordField | undefined): string | undefined {
  return value === null || value === undefined || value === 'None' ? undefined : String(value);
}

function named(member: 'logger' | 'exception' | 'stack', value: RecordField | undefined) {
  const text = textOf(value);
  return text === undefined || text === '' ? {} : { [member]: text };
}

/** Services that have forwarded the record: see `hopsPrefix`. */
function hopsOf(column: RecordField | undefined) {
  if (typeof column !== 'string' || !column.startsWith(hopsPrefix)) return {};
  return { hops: column.slice(hopsPrefix.length).split(' ').slice(0, 100) };
}
