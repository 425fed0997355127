import type { RecordField } from '../../../contract/records/log-record.ts';
import { parseTimestamp } from '../../../contract/values/timestamp.ts';
import { levelOf, type RecordCandidate } from './candidate.ts';
import { flatten } from './flatten.ts';
import { textOf } from './python.ts';

/** Thrown for a line that is no record; the message says what is wrong. */
export class RefusedLine extends Error {}

/**
 * Names of the parts of a record: those of python-json-logger, structlog, the Elastic Common Schema,
 * and OpenTelemetry's logs as JSON. The first name that a line has applies.
 */
const namesOf = {
  message: ['message', 'msg', 'event', 'body.stringValue', 'body', 'Body', 'text'],
  level: [
    ...['levelno', 'levelname', 'log.level', 'level', 'severityText', 'SeverityText'],
    ...['severity_text', 'severity', 'loglevel'],
  ],
  time: [
    '@timestamp',
    'timestamp',
    'Timestamp',
    'time',
    'asctime',
    'timeUnixNano',
    'created',
    'ts',
  ],
  logger: [
    'name',
    'log.logger',
    'logger',
    'logger_name',
    'scope.name',
    'InstrumentationScope.name',
  ],
  exception: [
    'exc_info',
    'exception',
    'error.stack_trace',
    'exc_text',
    'attributes.exception.stacktrace',
  ],
  stack: ['stack_info', 'stack', 'log.origin.stack'],
} as const;

/** OpenTelemetry counts severities from 1 to 24, four for each name. */
const severityNumbers = ['severityNumber', 'SeverityNumber', 'severity_number'];

/** Record of a JSON object. Throws `RefusedLine`. */
export function readJsonRecord(bytes: Buffer): RecordCandidate {
  const fields = flatten(parsed(bytes));
  const used = new Set<string>();
  const first = (names: readonly string[]): RecordField | undefined => {
    const name = names.find((one) => fields[one] !== undefined && fields[one] !== null);
    if (name === undefined) return undefined;
    used.add(name);
    return fields[name];
  };
  const message = textOf(first(namesOf.message)) ?? '';
  const level = openTelemetryLevel(first(severityNumbers)) ?? levelOf(first(namesOf.level));
  const createdAtMs = timeOf(first(namesOf.time));
  const texts = {
    logger: textOf(first(namesOf.logger)),
    exception: textOf(first(namesOf.exception)),
    stack: textOf(first(namesOf.stack)),
  };
  const given = Object.entries(texts).filter(([, text]) => text !== undefined && text !== '');
  return {
    message,
    level,
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...Object.fromEntries(given),
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !used.has(name))),
  };
}

function parsed(bytes: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new RefusedLine('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RefusedLine('it is no JSON object');
  }
  return value;
}

function openTelemetryLevel(severity: RecordField | undefined): number | undefined {
  if (typeof severity !== 'number' || severity < 1 || severity > 24) return undefined;
  return [5, 10, 20, 30, 40, 50][Math.floor((severity - 1) / 4)];
}

function timeOf(value: RecordField | undefined): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  return parseTimestamp(value);
}
