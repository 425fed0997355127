import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stdout } from 'node:process';
import { median } from '../report/median.ts';

/** `node fsync-probe.ts FOLDER` prints the median milliseconds of a durable write of 4 KiB. */
const file = join(argv[2] ?? '.', 'fsync-probe');
const page = Buffer.alloc(4_096, 1);
const descriptor = openSync(file, 'w');
const times: number[] = [];
for (let round = 0; round < 50; round++) {
  const startMs = performance.now();
  writeSync(descriptor, page);
  fdatasyncSync(descriptor);
  times.push(performance.now() - startMs);
}
closeSync(descriptor);
unlinkSync(file);
stdout.write(String(median(times)));
