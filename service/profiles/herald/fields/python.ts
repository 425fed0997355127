import type { RecordField } from '../../../contract/log-record.ts';
import { hopsPrefix } from '../../../records/forward/bridge.ts';
import { RefusedPickle } from '../pickle/machine.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { levelOf, type RecordCandidate } from './candidate.ts';
import { flatten } from './flatten.ts';

/** Members of a LogRecord that have a place of their own. */
const placed = ['msg', 'message', 'levelno', 'name', 'created', 'exc_text', 'stack_info'];

/** Record of a pickled LogRecord dictionary, as SocketHandler sends it. Throws `RefusedPickle`. */
export function readPythonRecord(bytes: Buffer): RecordCandidate {
  const value = unpickle(bytes);
  if (!(value instanceof Map)) throw new RefusedPickle('malformed', 'it is no dictionary');
  const all = flatten(value);
  const { created } = all;
  const fields = Object.fromEntries(Object.entries(all).filter(([name]) => !placed.includes(name)));
  return {
    message: textOf(all['msg'] ?? all['message']) ?? '',
    level: levelOf(all['levelno'] ?? all['levelname']),
    ...(typeof created === 'number' ? { createdAtMs: Math.round(created * 1_000) } : {}),
    ...named('logger', all['name']),
    ...named('exception', all['exc_text']),
    ...named('stack', all['stack_info']),
    ...hopsOf(all['api_version']),
    fields,
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
