import { DatabaseSync } from 'node:sqlite';
import { recordMigrations } from '../../../service/store/records/record-schema.ts';
import { sampleRecord } from '../records/sample.ts';

/*
 * Inserts records into the tables of the service, in one process: the work of SQLite alone. Prints
 * the seconds and CPU seconds as JSON. Arguments: file, number of records, records in a commit.
 */
const [file = '', count = '0', perCommit = '500'] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
for (const step of recordMigrations) database.exec(step);
const insert = database.prepare(
  `INSERT INTO records (seq, received_ms, level, name, version, instance, logger, body)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
);
const index = database.prepare('INSERT INTO record_texts (rowid, text) VALUES (?, ?)');
// The row id of a full-text index may exceed doubles.
index.setReadBigInts(true);
const before = process.cpuUsage();
const beganMs = performance.now();
for (let seq = 1; seq <= Number(count); ) {
  database.exec('BEGIN IMMEDIATE');
  for (let n = 0; n < Number(perCommit) && seq <= Number(count); n++, seq++) {
    const { body, text, name, instance, logger } = sampleRecord(seq);
    insert.run(seq, Date.now(), 20, name, '1.0', instance, logger, body);
    index.run(seq, text);
  }
  database.exec('COMMIT');
}
const seconds = (performance.now() - beganMs) / 1_000;
const { user, system } = process.cpuUsage(before);
database.close();
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 }));
