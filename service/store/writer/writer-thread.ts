import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isStoreFailure, storeFailure } from '../failure.ts';
import { openConnection } from '../file/connection.ts';
import type { Statement, WriterRequest, WriterResponse } from './messages.ts';

/**
 * The thread that writes. `synchronous = FULL`: a commit returns when it is on disk.
 *
 * After a failure the connection is closed and opened again for the next group, so that no state of
 * the failure (a full disk, a remounted file system) remains.
 */
const port = parentPort;
if (!port) throw new Error('writer-thread.ts runs as a worker thread');
const file = String(workerData);

type Connection = { database: DatabaseSync; prepared: Map<string, StatementSync> };
let connection: Connection | undefined;

function connect(): Connection {
  const database = openConnection(file);
  // The limit shrinks the WAL after a long transaction or a slow reader.
  database.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
  return { database, prepared: new Map() };
}

function statement({ database, prepared }: Connection, sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known) return known;
  const fresh = database.prepare(sql);
  // The result has the last row id, and those of the tables behind a full-text index exceed doubles.
  fresh.setReadBigInts(true);
  prepared.set(sql, fresh);
  return fresh;
}

function commit(current: Connection, statements: readonly Statement[]): void {
  current.database.exec('BEGIN IMMEDIATE');
  for (const [sql, ...parameters] of statements) statement(current, sql).run(...parameters);
  current.database.exec('COMMIT');
}

/** Most pages of one shrink: 1 MiB, a few milliseconds. */
const shrinkPages = 256;

/** Moves pages from the end of the file into its gaps; the checkpoint then shortens it. */
function shrink({ database }: Connection, keepPages: number): WriterResponse {
  const free = Number(database.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
  const spare = Math.min(shrinkPages, free - keepPages);
  if (spare <= 0) return { hasMore: false };
  database.exec(`PRAGMA incremental_vacuum(${spare})`);
  const hasMore = free - spare > keepPages;
  if (!hasMore) database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  return { hasMore, hasShrunk: true };
}

function responseTo(request: Exclude<WriterRequest, { kind: 'close' }>): WriterResponse {
  try {
    connection ??= connect();
    if ('kind' in request) return shrink(connection, request.keepPages);
    commit(connection, request);
    return {};
  } catch (error) {
    discard();
    if (!isStoreFailure(error)) throw error;
    return { failure: storeFailure(error) };
  }
}

/** Closing rolls back an open transaction. */
function discard(): void {
  try {
    connection?.database.close();
  } catch {
    // A connection that cannot be closed is dropped; SQLite recovers the file.
  }
  connection = undefined;
}

port.on('message', (request: WriterRequest) => {
  if (!('kind' in request) || request.kind !== 'close')
    return port.postMessage(responseTo(request));
  discard();
  port.close();
});
port.postMessage({});
