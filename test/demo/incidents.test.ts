import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Incident, plannedIncidents, playIncidents } from '../../demo/incidents.ts';
import { createJournal } from '../../demo/journal.ts';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';

const first = (count: number, plan: Generator<Incident>) => plan.take(count).toArray();

describe('plannedIncidents', () => {
  it('takes Monasca away for 8 s every 30 s, without an end', () => {
    expect(first(3, plannedIncidents())).toEqual([
      { atSeconds: 10, awaySeconds: 8 },
      { atSeconds: 40, awaySeconds: 8 },
      { atSeconds: 70, awaySeconds: 8 },
    ]);
  });

  it('fits a shorter one into a short demo', () => {
    expect([...plannedIncidents(20)]).toEqual([{ atSeconds: 5, awaySeconds: 6 }]);
    expect([...plannedIncidents(8)]).toEqual([{ atSeconds: 2, awaySeconds: 2.4 }]);
  });

  it('leaves time to drain after the last one', () => {
    expect([...plannedIncidents(52)]).toHaveLength(1);
    expect([...plannedIncidents(53)]).toHaveLength(2);
  });
});

let mock: Mock | undefined;
afterEach(async () => {
  await mock?.close();
  mock = undefined;
});

async function stageWithMock(outbox: () => number) {
  const started = await startMock({ keystonePort: 0, monascaPort: 0 });
  mock = started;
  const journal = createJournal();
  const { hostname, port, origin } = new URL(started.monascaUrl);
  const controlUrl = `${new URL(started.keystoneUrl).origin}/mock`;
  const isListening = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  const until = async (state: boolean) => {
    while ((await isListening()) !== state) await delay(10);
  };
  return { journal, origin, until, stage: { controlUrl, journal, outbox } };
}

describe('playIncidents', () => {
  it('closes the port of Monasca, opens it, and tells when the outbox is empty', async () => {
    let waiting = 1;
    const { journal, until, stage } = await stageWithMock(() => waiting);
    const incidents = playIncidents([{ atSeconds: 0, awaySeconds: 0.4 }], stage);
    await until(false);
    await until(true);
    await delay(200);
    expect(incidents.played).toBe(1);
    expect(journal.entries.map(({ text }) => text)).toEqual([
      'Monasca goes away for 0.4 s: its port is closed',
      'Monasca is back; 1 heartbeat waited for it',
    ]);
    waiting = 0;
    while (journal.entries.length < 3) await delay(10);
    expect(journal.entries.at(-1)?.text).toMatch(/^The outbox is empty again, \d+\.\d s later$/);
    await incidents.stop();
  });

  it('brings Monasca back when it is stopped', async () => {
    const { journal, until, stage } = await stageWithMock(() => 0);
    const incidents = playIncidents([{ atSeconds: 0, awaySeconds: 600 }], stage);
    await until(false);
    await incidents.stop();
    await until(true);
    expect(journal.entries.filter(({ voice }) => voice === 'trouble')).toEqual([]);
  });

  it('says so when the mock does not do it', async () => {
    const server = createServer((_, response) => response.writeHead(500).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const journal = createJournal();
    const stage = { controlUrl: `http://127.0.0.1:${port}`, journal, outbox: () => 0 };
    playIncidents([{ atSeconds: 0, awaySeconds: 1 }], stage);
    while (journal.entries.length < 2) await delay(10);
    expect(journal.entries.at(-1)).toMatchObject({
      voice: 'trouble',
      text: 'The incident failed: Error: the mock answers 500',
    });
    server.closeAllConnections();
    server.close();
  });
});
