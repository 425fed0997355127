import { createEmitter } from 'ge-heartbeat/emitter';

createEmitter({
  url: process.env.HEARTBEAT_URL,
  name: 'Orion',
  version: '3.10.1',
  token: process.env.HEARTBEAT_TOKEN,
});

setTimeout(() => {}, 2000); // the program
