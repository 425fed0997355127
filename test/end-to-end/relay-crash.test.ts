import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { type CluClient, startCluClient } from '../support/clu-client.ts';
import { describeWith } from '../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../support/rabbitmq.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 10);
const withinMs = 1_000;
/** Time that is allowed beyond it, from the last heartbeat to the last beat of the target. */
const allowedMs = withinMs + 1_000;

/** A target that can be killed: it notes when it was beaten. */
class DownstreamTarget {
  readonly beats: number[] = [];
  readonly port: number;
  #server: Server | undefined;

  constructor(port: number) {
    this.port = port;
  }

  async start(): Promise<void> {
    const server = createServer((_, response) => {
      this.beats.push(performance.now());
      response.writeHead(204).end();
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
  }

  async kill(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }
}

type Absence = { readonly fromMs: number; toMs: number };

describeWith([rabbitProgram], 'a relay whose service, broker and target are killed in turn', () => {
  let rabbit: Rabbit;
  let service: SpawnedService;
  let target: DownstreamTarget;
  let client: CluClient | undefined;
  afterAll(async () => {
    await client?.close();
    await service?.kill();
    await target?.kill();
    await rabbit?.stop();
  });

  it(
    `is never beaten without its critical source, and reports each close, in ${rounds} rounds`,
    async () => {
      const dataDir = temporaryFolder();
      rabbit = await startRabbit();
      target = new DownstreamTarget(await freePort());
      await target.start();
      const start = () =>
        spawnService({
          HEARTBEAT_DATA_DIR: dataDir,
          HEARTBEAT_PROFILES_LVMBEAT_ENABLED: 'true',
          HEARTBEAT_PROFILES_LVMBEAT_PORT: '0',
          HEARTBEAT_PROFILES_LVMBEAT_AMQP_URL: rabbit.url,
          HEARTBEAT_PROFILES_LVMBEAT_HEARTBEATS: JSON.stringify([{ name: 'a' }, { name: 'b' }]),
          HEARTBEAT_RELAYS: JSON.stringify([
            {
              ...{ name: 'dome', mode: 'on-arrival', cutoff: 1 },
              sources: ['a', 'b'].map((name) => ({ name, version: 'lvmbeat', within: 1 })),
              target: { type: 'http', method: 'GET', url: `http://127.0.0.1:${target.port}/` },
            },
          ]),
        });
      service = await start();

      /** Times at which each source tried to send last; a kept source is one that still sends. */
      const sentMs = new Map<string, number>();
      const sending = new Set(['a', 'b']);
      const end = new AbortController();
      const reconnect = async () => {
        await client?.close();
        client = await startCluClient(rabbit.url, 'opsclient').catch(() => undefined);
      };
      await reconnect();
      const loop = (async () => {
        while (!end.signal.aborted) {
          for (const name of sending) {
            const body = JSON.stringify({ command_string: `set ${name}` });
            try {
              client?.publish('command.lvmbeat', body, { headers: { commander_id: 'a.b' } });
              sentMs.set(name, performance.now());
            } catch {
              // The broker is away.
            }
          }
          await delay(100);
        }
      })();

      const absences: Absence[] = [];
      const isBeaten = async () => {
        const before = target.beats.length;
        await until(() => target.beats.length > before, { withinMs: 40_000, everyMs: 50 });
      };
      const closes = async () => {
        const url = `${service.url}/api/v1/events?kind=relay.closed&limit=1000`;
        return JSON.parse(await (await fetch(url)).text()).events.length;
      };
      let expectedCloses = 0;
      await isBeaten();
      for (let round = 0; round < rounds; round++) {
        // A source stops, and one of the three is killed at about the time of the close.
        const name = round % 2 === 0 ? 'a' : 'b';
        sending.delete(name);
        const absence = { fromMs: sentMs.get(name) ?? 0, toMs: Number.POSITIVE_INFINITY };
        absences.push(absence);
        await delay(Math.random() * allowedMs);
        const victim = (['service', 'broker', 'target'] as const)[round % 3];
        if (victim === 'service') {
          await service.kill();
          service = await start();
        } else if (victim === 'broker') {
          await rabbit.kill();
          await rabbit.start();
          await reconnect();
        } else if (victim === 'target') {
          await target.kill();
          await delay(300);
          await target.start();
        }
        await delay(allowedMs);
        expectedCloses += 1;
        await until(async () => (await closes()) >= expectedCloses, { withinMs: 10_000 });
        absence.toMs = performance.now();
        sending.add(name);
        await isBeaten();
        expectedCloses = Math.max(expectedCloses, await closes());
      }
      end.abort();
      await loop;
      const wrong = absences.flatMap(({ fromMs, toMs }) =>
        target.beats.filter((ms) => ms > fromMs + allowedMs && ms < toMs),
      );
      expect({ rounds: absences.length, wrong }).toEqual({ rounds, wrong: [] });
      expect(target.beats.length).toBeGreaterThan(rounds);
    },
    60_000 + rounds * 30_000,
  );
});
