import type { AgentHeartbeat } from '../../../service/agent/heartbeat.ts';
import { createServiceSender } from '../../../service/agent/sending/service.ts';
import { Spool } from '../../../service/agent/spool/spool.ts';
import { createPump } from '../../../service/delivery/pump.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createLog } from '../../../service/runtime/log.ts';

/*
 * A process that appends numbered heartbeats to a spool and delivers them, until it is killed. It
 * prints the number of the last one that is written. With `drain` it only delivers what is left.
 */
const [folder = '', url = '', mode = ''] = process.argv.slice(2);
const log = createLog('silent');
const spool = new Spool<AgentHeartbeat>({ folder, maxBytes: 1e9, segmentBytes: 20_000, log });
const sender = createServiceSender({
  ...{ url, token: { kind: 'none' }, timeoutMs: 500, tls: {}, clock: systemClock },
  onRejected: () => undefined,
});
const none = { inc: () => undefined, set: () => undefined, observe: () => undefined };
const pump = createPump<AgentHeartbeat>({
  ...{ destination: 'service', reader: spool, deliver: sender.send, batchRecords: 100 },
  ...{ batchWaitMs: 0, parallelBatches: 1, backoff: { firstMs: 50, maxMs: 100 } },
  ...{ clock: systemClock, random: Math.random, log },
  metrics: {
    ...{ deliverySeconds: none, deliveredBatches: none, deliveredRecords: none },
    ...{ deliveryFailures: none, rejectedBatches: none, deliveryUp: none },
  },
});
pump.start();

if (mode === 'drain') {
  await pump.stop(20_000);
  await sender.close();
} else {
  for (let next = spool.head + 1; ; next += 7) {
    const numbers = Array.from({ length: 7 }, (_, index) => next + index);
    await spool.append(
      numbers.map((n) => ({
        name: 'Orion',
        version: '1',
        instance: 'a',
        timestamp: n,
        interval: 1,
      })),
    );
    process.stdout.write(`${next + 6}\n`);
    await systemClock.sleep(2);
  }
}
