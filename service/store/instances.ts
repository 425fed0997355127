import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type InstanceRecord, instanceStates } from '../contract/instance.ts';
import type { Statement } from './writer/messages.ts';

/**
 * The rows of the registry, one for each known instance.
 *
 * The `lastSeq` of a row defines the heartbeats that it contains. So rows need not share one commit:
 * a checkpoint of many rows is written in portions of some thousand, because an acknowledgement
 * waits for the commit before its own. Only the cursor must come last, with its value from the time
 * when the first portion was gathered.
 */
const columns = [
  'id',
  'name',
  'version',
  'instance',
  'state',
  'state_since_ms',
  'first_seen_ms',
  'received_at_ms',
  'last_heard_ms',
  'interval_seconds',
  'last_seq',
  'flags',
  'clock_offset_ms',
  'sender_time',
] as const;

/** One statement of many rows costs the main thread half of a statement for each row. */
const rowsTogether = 50;

const marks = `(${columns.map(() => '?').join()})`;
const unchanging: readonly string[] = ['id', 'name', 'version', 'instance', 'first_seen_ms'];
const changes = columns
  .filter((column) => !unchanging.includes(column))
  .map((column) => `${column} = excluded.${column}`);

const upsert = (rows: number) =>
  `INSERT INTO instances (${columns.join()}) VALUES ${Array(rows).fill(marks).join()}
   ON CONFLICT (id) DO UPDATE SET ${changes.join()}`;
const upsertMany = upsert(rowsTogether);
const upsertOne = upsert(1);

/** Statements that insert instances or update their columns that change. */
export function instanceStatements(records: readonly InstanceRecord[]): Statement[] {
  const together = records.length - (records.length % rowsTogether);
  const statements: Statement[] = [];
  for (let at = 0; at < together; at += rowsTogether) {
    const values = records.slice(at, at + rowsTogether).flatMap(valuesOf);
    statements.push([upsertMany, ...values]);
  }
  for (const record of records.slice(together)) statements.push([upsertOne, ...valuesOf(record)]);
  return statements;
}

/** Statement that deletes the rows of instances by their `id`, as far as they exist. */
export const forgetInstances = (ids: readonly number[]): Statement => [
  'DELETE FROM instances WHERE id IN (SELECT value FROM json_each(?))',
  JSON.stringify(ids),
];

const valuesOf = (record: InstanceRecord): SQLInputValue[] => [
  record.id,
  record.name,
  record.version,
  record.instance,
  record.state,
  record.stateSinceMs,
  record.firstSeenMs,
  record.receivedAtMs,
  record.lastHeardMs,
  record.intervalSeconds,
  record.lastSeq,
  record.flags,
  record.clockOffsetMs,
  record.senderTime ?? null,
];

/** All rows by `id`, in about a microsecond each: a snapshot of the time when the first is read. */
export function* loadInstances(reading: DatabaseSync): Generator<InstanceRecord, void> {
  const all = reading.prepare(`SELECT ${columns.join()} FROM instances ORDER BY id`);
  // Objects instead of arrays would take 50 % longer.
  all.setReturnArrays(true);
  for (const row of all.iterate()) yield recordOf(row);
}

function recordOf(row: Readonly<Record<number, unknown>>): InstanceRecord {
  const state = instanceStates.find((known) => known === row[4]);
  if (!state) throw new Error(`the table instances holds the unknown state ${row[4]}`);
  return {
    id: Number(row[0]),
    name: String(row[1]),
    version: String(row[2]),
    instance: String(row[3]),
    state,
    stateSinceMs: Number(row[5]),
    firstSeenMs: Number(row[6]),
    receivedAtMs: Number(row[7]),
    lastHeardMs: Number(row[8]),
    intervalSeconds: Number(row[9]),
    lastSeq: Number(row[10]),
    flags: Number(row[11]),
    clockOffsetMs: Number(row[12]),
    ...(row[13] === null ? {} : { senderTime: String(row[13]) }),
  };
}
