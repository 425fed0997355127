import net from 'node:net';

/*
 * Clients that misuse their connections, until the process is stopped. Each connects
 * again after it is disconnected.
 */

const port = Number(process.argv[2]);
const reconnectMs = 1_000;

type Attack = (socket: net.Socket) => void;

/**
 * Fills the request queue of its connection, and reads no response. It sends a further request each
 * second, because without reading it notices only then that it was disconnected.
 */
const pipeline = (target: string): Attack => {
  const request = `GET ${target} HTTP/1.1\r\nhost: siege\r\n\r\n`;
  const many = request.repeat(1_400);
  return (socket) => {
    socket.pause();
    socket.write(many);
    const timer = setInterval(() => socket.write(request), reconnectMs);
    socket.once('close', () => clearInterval(timer));
  };
};

const head = 'POST /api/v1/heartbeats HTTP/1.1\r\nhost: siege\r\ncontent-length: 1000000\r\n\r\n';
const part = Buffer.alloc(900_000, ' ');
const halfBody: Attack = (socket) => {
  socket.resume();
  socket.write(head);
  socket.write(part);
};

const stayIdle: Attack = (socket) => {
  socket.resume();
  socket.write('GET /health/live HTTP/1.1\r\nhost: siege\r\n\r\n');
};

const heavy =
  'GET /api/v1/active?from=now-30d&step=1h&by=name,version,instance HTTP/1.1\r\nhost: siege\r\n\r\n';
const queryAgain: Attack = (socket) => {
  socket.on('data', () => setTimeout(() => socket.write(heavy), 10));
  socket.write(heavy);
};

function keepAttacking(attack: Attack): void {
  const socket = net.connect(port, '127.0.0.1', () => attack(socket));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => setTimeout(() => keepAttacking(attack), reconnectMs));
}

const attacks: readonly (readonly [number, Attack])[] = [
  [150, pipeline('/metrics')],
  [150, pipeline('/api/v1/instances?limit=1000')],
  [100, halfBody],
  [200, stayIdle],
  [1, queryAgain],
];
for (const [count, attack] of attacks) {
  for (let n = 0; n < count; n++) keepAttacking(attack);
}
