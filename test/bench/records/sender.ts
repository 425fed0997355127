import { once } from 'node:events';
import { connect } from 'node:net';
import { sampleFrame } from './sample.ts';

/*
 * Sends records over several connections and waits until the service has ended all of them, which it
 * does when they are stored. Prints the seconds. Arguments: port, number of records, connections.
 */
const [port = '0', count = '0', connections = '8'] = process.argv.slice(2);
const perConnection = Math.floor(Number(count) / Number(connections));
const framesTogether = 200;

async function sendAll(from: number): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.resume();
  const ended = once(socket, 'end');
  for (let sent = 0; sent < perConnection; sent += framesTogether) {
    const size = Math.min(framesTogether, perConnection - sent);
    const frames = Array.from({ length: size }, (_, n) => sampleFrame(from + sent + n));
    if (!socket.write(Buffer.concat(frames))) await once(socket, 'drain');
  }
  socket.end();
  await ended;
}

const beganMs = performance.now();
await Promise.all(
  Array.from({ length: Number(connections) }, (_, n) => sendAll(1 + n * perConnection)),
);
console.log(JSON.stringify({ seconds: (performance.now() - beganMs) / 1_000 }));
