import { readFileSync } from 'node:fs';

/** Loaded into the process under test, before its first module. See `wall-clock.ts`. */
const file = process.env.TEST_WALL_CLOCK;
const trueNow = Date.now.bind(Date);
let offsetMs = 0;

function readOffset() {
  offsetMs = Number(readFileSync(file, 'utf8'));
}
readOffset();
setInterval(readOffset, 50).unref();
Date.now = () => trueNow() + offsetMs;
