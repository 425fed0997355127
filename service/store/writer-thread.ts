import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { storeFailure } from './failure.ts';
import type { Statement, WriterAnswer } from './writer.ts';

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

function commit(statements: readonly Statement[]): WriterAnswer {
  try {
    connection ??= connect();
    const current = connection;
    current.database.exec('BEGIN IMMEDIATE');
    for (const [sql, ...parameters] of statements) statement(current, sql).run(...parameters);
    current.database.exec('COMMIT');
    return {};
  } catch (error) {
    discard();
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

port.on('message', (message: readonly Statement[] | 'close') => {
  if (message !== 'close') return port.postMessage(commit(message));
  discard();
  port.close();
});
port.postMessage({});
