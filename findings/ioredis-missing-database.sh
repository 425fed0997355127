#!/bin/sh
# ioredis 6.0.0, with `db` set to a database that the Redis server does not have: the client emits an
# error event, stays connected, and executes all commands in database 0, whose data they change.
# Installs ioredis, pinned, in a temporary folder. Needs redis-server. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
server=
cd "$folder"

cat > run.mjs <<'JS'
import { Redis } from 'ioredis';
const at = { host: '127.0.0.1', port: Number(process.argv[2]) };
const first = new Redis({ ...at, db: 0 });
await first.set('key', 'of another program');
const missing = new Redis({ ...at, db: 99 });
const errors = [];
missing.on('error', ({ message }) => errors.push(message));
const reply = await missing.set('key', 'overwritten');
console.log(`error event: ${errors.join()}`);
console.log(`SET in database 99: ${reply}`);
console.log(`GET in database 0: ${await first.get('key')}`);
first.disconnect();
missing.disconnect();
JS
npm install --silent --no-audit --no-fund ioredis@6.0.0 >/dev/null

port=$((20000 + $$ % 10000))
redis-server --port "$port" --bind 127.0.0.1 --dir "$folder" --save '' >/dev/null &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
  redis-cli -p "$port" ping >/dev/null 2>&1 && break
  sleep 0.5
done
node run.mjs "$port" | tee seen
cat > expected <<'TEXT'
error event: ERR DB index is out of range
SET in database 99: OK
GET in database 0: overwritten
TEXT
diff expected seen
echo 'as described'
