import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isStoreFailure, storeFailure } from '../failure.ts';
import type { Statement, WriterAnswer, WriterRequest } from './writer.ts';

/**
 * The thread that writes. `synchronous = FULL`: a commit returns when the disk has it.
 *
 * After a failure the connection is thrown away and opened anew for the next group, so that
 * whatever state the failure left behind (a disk that filled, a file system that was remounted)
 * cannot outlive it.
 */
const port = parentPort;
if (!port) throw new Error('writer-thread.ts runs as a worker thread');
const file = String(workerData);

type Connection = { database: DatabaseSync; prepared: Map<string, StatementSync> };
let connection: Connection | undefined;

function connect(): Connection {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  // The size limit gives back what a long transaction or a slow reader made of the WAL.
  database.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
  return { database, prepared: new Map() };
}

function statement({ database, prepared }: Connection, sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known) return known;
  const fresh = database.prepare(sql);
  prepared.set(sql, fresh);
  return fresh;
}

function commit(current: Connection, statements: readonly Statement[]): void {
  current.database.exec('BEGIN IMMEDIATE');
  for (const [sql, ...parameters] of statements) statement(current, sql).run(...parameters);
  current.database.exec('COMMIT');
}

/** At most so many pages in one piece: 1 MiB, a few milliseconds. */
const shrinkPages = 256;

/** Moves what lies at the end of the file into its gaps; the checkpoint then makes it shorter. */
function shrink({ database }: Connection, keepPages: number): boolean {
  const free = Number(database.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
  const spare = Math.min(shrinkPages, free - keepPages);
  if (spare <= 0) return false;
  database.exec(`PRAGMA incremental_vacuum(${spare})`);
  const hasMore = free - spare > keepPages;
  if (!hasMore) database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  return hasMore;
}

function answerTo(request: Exclude<WriterRequest, { kind: 'close' }>): WriterAnswer {
  try {
    connection ??= connect();
    if ('kind' in request) return { hasMore: shrink(connection, request.keepPages) };
    commit(connection, request);
    return {};
  } catch (error) {
    discard();
    if (!isStoreFailure(error)) throw error;
    return { failure: storeFailure(error) };
  }
}

/** Closing rolls back what was begun. */
function discard(): void {
  try {
    connection?.database.close();
  } catch {
    // A connection that cannot even be closed is given up; the file's own recovery sees to it.
  }
  connection = undefined;
}

port.on('message', (request: WriterRequest) => {
  if (!('kind' in request) || request.kind !== 'close') return port.postMessage(answerTo(request));
  discard();
  port.close();
});
port.postMessage({});
