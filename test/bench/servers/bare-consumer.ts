import { connect } from 'amqplib';

/*
 * The least that a consumer does: reads the messages of a queue with the library of the service, parses
 * them, and acknowledges each. Prints the seconds from the first message to the last.
 */
const [url = '', queue = '', prefetch = '', count = ''] = process.argv.slice(2);

const connection = await connect(url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(Number(prefetch));
let left = Number(count);
let startMs = 0;
let heartbeats = 0;
await channel.consume(queue, (message) => {
  if (message === null) throw new Error('the queue was deleted');
  if (startMs === 0) startMs = performance.now();
  const parsed: unknown = JSON.parse(message.content.toString());
  heartbeats += Array.isArray(parsed) ? parsed.length : 1;
  channel.ack(message);
  if (--left > 0) return;
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, heartbeats }));
  void connection.close();
});
