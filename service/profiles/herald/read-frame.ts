import type { RecordCandidate } from './fields/candidate.ts';
import { readJsonRecord } from './fields/json.ts';
import { readPythonRecord } from './fields/python.ts';
import { readSyslogRecord } from './fields/syslog.ts';
import type { Frame } from './framing/frames.ts';

/** Record of a frame. Throws `RefusedPickle` or `RefusedLine`. */
export function readFrame({ format, bytes }: Frame): RecordCandidate {
  if (format === 'pickle') return readPythonRecord(bytes);
  return format === 'syslog' ? readSyslogRecord(bytes) : readJsonRecord(bytes);
}
