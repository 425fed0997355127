#!/bin/sh
# amqplib 2.3.1 with RabbitMQ (Debian's 3.10): a connection with a wrong password is rejected with the
# broker's code and text. One to a virtual host that does not exist is not: the broker sends 530
# NOT_ALLOWED and a text that names the virtual host, and the error has neither of them, only
# "Expected ConnectionOpenOk; got <ConnectionClose channel:0>", without a code or a cause.
# Installs amqplib, pinned, and starts RabbitMQ, both in a temporary folder. Fails if an error is no
# longer as described.
set -eu
folder=$(mktemp -d)
broker=''
epmd=''
stop() {
  for pid in $broker $epmd; do kill -9 "$pid" 2>/dev/null || true; done
  sleep 1
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

npm init -y > install.log 2>&1
npm install --no-audit --no-fund amqplib@2.3.1 >> install.log 2>&1 || { cat install.log; exit 1; }

free_port() {
  node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"
}
port=$(free_port)
ERL_EPMD_PORT=$(free_port)
RABBITMQ_DIST_PORT=$(free_port)
mkdir home mnesia log
printf 'listeners.tcp.1 = 127.0.0.1:%s\nlog.file.level = info\n' "$port" > rabbitmq.conf
echo '[].' > plugins
export ERL_EPMD_PORT RABBITMQ_DIST_PORT ERL_EPMD_ADDRESS=127.0.0.1 HOME="$folder/home"
export RABBITMQ_NODENAME="finding$$@localhost" RABBITMQ_MNESIA_BASE="$folder/mnesia"
export RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf"
export RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins"
export RABBITMQ_ALLOW_INPUT=1 RABBITMQ_SERVER_START_ARGS=-noinput
epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" &
epmd=$!
/usr/lib/rabbitmq/bin/rabbitmq-server > server.log 2>&1 &
broker=$!

cat > main.cjs <<'JS'
const { connect } = require('amqplib');
const [port, password, vhost] = process.argv.slice(2);
connect({ port: Number(port), username: 'guest', password, vhost }).then(
  (connection) => connection.close().then(() => console.log('connected')),
  (error) => console.log(JSON.stringify([error.message, error.code ?? null, error.cause ?? null])),
);
JS

tries=0
until [ "$(node main.cjs "$port" guest '')" = connected ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { cat server.log; exit 1; }
  sleep 1
done

echo "amqplib $(node -p 'JSON.parse(fs.readFileSync("node_modules/amqplib/package.json")).version')"
node main.cjs "$port" wrong '' | tee password.txt
node main.cjs "$port" guest zone | tee vhost.txt
# The log is written a moment later.
sleep 2
echo "RabbitMQ's log: $(grep -ho 'vhost zone not found' log/*.log | head -n 1)"

grep -q 'ACCESS_REFUSED' password.txt
cat > vhost.expected <<'TEXT'
["Expected ConnectionOpenOk; got <ConnectionClose channel:0>",null,null]
TEXT
diff vhost.expected vhost.txt
grep -q 'vhost zone not found' log/*.log
echo 'as described'
