import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { DatabaseSync } from 'node:sqlite';

/**
 * What the service is measured against: `node bare-server.ts PORT [FOLDER]`.
 *
 * The least that any HTTP service in Node does: read the body, parse it, answer 204. With a folder
 * it also keeps each body before it answers, in SQLite as durably as the service (WAL,
 * synchronous=FULL); all bodies that wait in the same turn of the event loop share one commit.
 */
const [port, folder] = argv.slice(2);

type Accept = (body: string, response: ServerResponse) => void;

const answer = (response: ServerResponse) => {
  response.statusCode = 204;
  response.end();
};

function durably(file: string): Accept {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
  database.exec('CREATE TABLE records (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO records (body) VALUES (?)');
  let waiting: { body: string; response: ServerResponse }[] = [];

  const commit = () => {
    const group = waiting;
    waiting = [];
    database.exec('BEGIN');
    for (const { body } of group) insert.run(body);
    database.exec('COMMIT');
    for (const { response } of group) answer(response);
  };

  return (body, response) => {
    if (waiting.length === 0) setImmediate(commit);
    waiting.push({ body, response });
  };
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks).toString()));
}

const accept: Accept =
  folder === undefined
    ? (_body, response) => answer(response)
    : durably(join(folder, 'bare.sqlite'));

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end('ready');
  readBody(request, (body) => {
    JSON.parse(body);
    accept(body, response);
  });
});
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => exit(0));
