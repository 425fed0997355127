import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions } from './options.ts';
import { progress } from './report/progress.ts';
import { atMost, type Section } from './report/report.ts';
import { serviceExists, startServer } from './servers/server.ts';

const emitters = 5_000;
const intervalSeconds = 60;
/** `HEARTBEAT_JITTER` of the recipes. */
const jitterSeconds = 30;
const minutes = 2;

/**
 * 5,000 emitters whose cron starts them at the same second of a minute. Each waits for the random
 * time of `GE_Heartbeat.sh` and sends one heartbeat on a connection of its own, as curl does.
 */
export async function fleet(options: BenchOptions): Promise<Section> {
  const title = `${emitters} emitters of one cron minute, HEARTBEAT_JITTER=${jitterSeconds}`;
  if (!serviceExists()) {
    return { name: 'fleet', title, rows: [], targets: [], notes: ['Skipped: no service/main.ts.'] };
  }
  const server = await startServer('ours', { core: options.serverCore, parent: options.folder });
  const url = `http://127.0.0.1:${server.port}`;
  const sent: Sent[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    progress(`fleet: minute ${minute + 1} of ${minutes}`);
    const all = Array.from({ length: emitters }, (_, index) =>
      emitOnce(url, index).then((one) => sent.push(one)),
    );
    await Promise.all([...all, delay(intervalSeconds * 1_000)]);
  }
  await server.stop();

  const failed = sent.filter(({ isAccepted }) => !isAccepted).length;
  const accepted = sent.filter(({ isAccepted }) => isAccepted);
  const perSecond = Map.groupBy(accepted, ({ atMs }) => Math.floor(atMs / 1_000));
  const peak = Math.max(...[...perSecond.values()].map((some) => some.length));
  const mean = accepted.length / (minutes * intervalSeconds);
  const slowest = Math.max(...accepted.map(({ tookMs }) => tookMs));
  return {
    name: 'fleet',
    title,
    rows: [
      {
        heartbeats: accepted.length,
        failed,
        'mean/s': mean,
        'peak/s': peak,
        'peak ÷ mean': peak / mean,
        'slowest response, ms': slowest,
      },
    ],
    targets: [
      atMost('fleet: peak ÷ mean', peak / mean, 3),
      atMost('fleet: heartbeats that were not accepted', failed, 0),
    ],
    notes: [
      'The peak is that of one second, by the time of sending; the mean is over whole minutes.',
    ],
  };
}

type Sent = { readonly atMs: number; readonly tookMs: number; readonly isAccepted: boolean };

async function emitOnce(url: string, index: number): Promise<Sent> {
  await delay(scriptDelayMs());
  const atMs = performance.now();
  const now = Date.now();
  const body = JSON.stringify({
    ...{ name: 'Orion', version: '3.10.1', instance: `vm-${index}` },
    ...{ timestamp: now, interval: intervalSeconds, sentAt: now },
  });
  const isAccepted = await post(`${url}/api/v1/heartbeats`, body);
  return { atMs, tookMs: performance.now() - atMs, isAccepted };
}

/** As the script: the first digits of a random uuid, modulo the jitter and one, in whole seconds. */
const scriptDelayMs = (): number =>
  (Number.parseInt(randomUUID().slice(1, 8), 16) % (jitterSeconds + 1)) * 1_000;

function post(url: string, body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 202));
    });
    sent.once('error', () => resolve(false));
    sent.end(body);
  });
}
