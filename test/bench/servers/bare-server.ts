import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { DatabaseSync } from 'node:sqlite';

/**
 * The baselines `bare` and `durable`: `node bare-server.ts PORT [FOLDER]`.
 *
 * Does the minimum of any HTTP service in Node: reads the body, parses it, responds 204. With a
 * folder it first stores the body in SQLite, as durably as the service (WAL, synchronous=FULL).
 * All bodies that arrive in the same iteration of the event loop share one commit.
 */
const [port, folder] = argv.slice(2);

type Handler = (body: string, response: ServerResponse) => void;

const accept = (response: ServerResponse) => {
  response.statusCode = 204;
  response.end();
};

function storeIn(file: string): Handler {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
  database.exec('CREATE TABLE records (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO records (body) VALUES (?)');
  let pending: { body: string; response: ServerResponse }[] = [];

  const commit = () => {
    const group = pending;
    pending = [];
    database.exec('BEGIN');
    for (const { body } of group) insert.run(body);
    database.exec('COMMIT');
    for (const { response } of group) accept(response);
  };

  return (body, response) => {
    if (pending.length === 0) setImmediate(commit);
    pending.push({ body, response });
  };
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks).toString()));
}

const handle: Handler =
  folder === undefined
    ? (_body, response) => accept(response)
    : storeIn(join(folder, 'bare.sqlite'));

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end('ready');
  readBody(request, (body) => {
    JSON.parse(body);
    handle(body, response);
  });
});
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => exit(0));
