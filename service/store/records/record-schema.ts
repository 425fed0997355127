/**
 * The steps that make the file of records what the code expects; see `schema.ts` for the other file.
 *
 * Records have a file of their own, with a writer of its own: they are many and large, and neither a
 * full-text index nor the deletion of old records may delay the commit of a heartbeat.
 *
 * `record_texts` has no copy of the text, only the index; its row ids are the numbers of the records.
 */
export const recordMigrations: readonly string[] = [
  `CREATE TABLE records (
     seq INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, level INTEGER NOT NULL,
     name TEXT NOT NULL, version TEXT NOT NULL, instance TEXT NOT NULL, logger TEXT,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX records_by_name ON records (name);
   CREATE INDEX records_by_instance ON records (instance);
   CREATE INDEX records_severe ON records (seq) WHERE level >= 30;
   CREATE VIRTUAL TABLE record_texts USING fts5(
     text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
   );
   CREATE TABLE cursors (
     stream TEXT NOT NULL, reader TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (stream, reader)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY, stream TEXT NOT NULL, reader TEXT NOT NULL, seq INTEGER NOT NULL,
     at_ms INTEGER NOT NULL, reason TEXT NOT NULL, record TEXT NOT NULL, UNIQUE (stream, reader, seq)
   ) STRICT;`,
];
