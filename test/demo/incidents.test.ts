import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { playIncidents, type Surroundings } from '../../demo/incidents.ts';
import type { Incident } from '../../demo/scenario.ts';
import { roles } from '../../demo/senders/components.ts';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { until } from '../support/until.ts';

/** Senders that only record the calls; a new instance is called `new`. */
function fixture(given: Partial<Surroundings> = {}) {
  const actions: string[] = [];
  const act = (what: string, version: string, instances: readonly string[]) => {
    actions.push(`${what} ${version} ${instances.join()}`);
    return instances;
  };
  const printed: string[] = [];
  const outages: number[] = [];
  const life = new AbortController();
  const play = (...incidents: Incident[]) =>
    playIncidents(incidents, {
      senders: {
        start: ({ version }, instances = ['new']) => act('start', version, instances),
        end: async ({ version }, how) => act(how, version, ['old']),
      },
      events: { count: () => 0 },
      controlUrl: 'http://127.0.0.1:9',
      outboxSize: async () => 0,
      print: (kind, text) => void printed.push(`${kind}: ${text}`),
      ...{ outages, signal: life.signal },
      ...given,
    });
  return { actions, printed, outages, play, stop: () => life.abort() };
}

const now = { atSeconds: 0, forSeconds: 0 };
const { crashing, replaced, stopping } = roles;

describe('playIncidents', () => {
  it('replaces an instance by another one that has not stopped', async () => {
    const { actions, printed, play } = fixture();
    await play({ kind: 'replacement', ...now });
    expect(actions).toEqual([`crash ${replaced.version} old`, `start ${replaced.version} new`]);
    expect(printed).toEqual([
      'incident: Orion 4.0.0 old is replaced by new, without stopping first',
    ]);
  });

  it('lets an instance return once the service has reported its crash, also the second one', async () => {
    let reports = 1;
    const { actions, printed, play } = fixture({ events: { count: () => reports } });
    const played = play({ kind: 'crash', ...now });
    await delay(300);
    expect(actions).toHaveLength(1);
    reports += 1;
    await played;
    expect(actions).toEqual([`crash ${crashing.version} old`, `start ${crashing.version} old`]);
    expect(printed.at(-1)).toBe('incident: Orion 3.10.1 old sends heartbeats again');
  });

  it('begins nothing after it is aborted', async () => {
    const { actions, printed, play, stop } = fixture();
    const played = play(
      { kind: 'stop', atSeconds: 0, forSeconds: 600 },
      { kind: 'crash', atSeconds: 600, forSeconds: 0 },
    );
    while (actions.length < 1) await delay(5);
    stop();
    await played;
    expect(actions).toEqual([`stop ${stopping.version} old`]);
    expect(printed.join()).not.toContain('problem');
  });
});

let mock: Mock | undefined;
afterEach(async () => {
  await mock?.close();
  mock = undefined;
});

async function withMock(outboxSize: () => Promise<number>) {
  const started = await startMock({ keystonePort: 0, monascaPort: 0 });
  mock = started;
  const { hostname, port } = new URL(started.monascaUrl);
  const isListening = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  const untilListening = (state: boolean) => until(async () => (await isListening()) === state);
  const controlUrl = `${new URL(started.keystoneUrl).origin}/mock`;
  return { until: untilListening, ...fixture({ controlUrl, outboxSize }) };
}

describe('playIncidents, with an outage', () => {
  it('closes the port of Monasca, opens it, and reports when nothing waits any more', async () => {
    let waiting = 1;
    const { printed, outages, until, play } = await withMock(async () => waiting);
    const played = play({ kind: 'outage', atSeconds: 0, forSeconds: 0.4 });
    await until(false);
    await until(true);
    await delay(200);
    expect(outages).toEqual([1]);
    expect(printed).toEqual([
      'incident: Monasca is unavailable for 0.4 s: its port is closed',
      'incident: Monasca is available again; 1 heartbeat waited for it',
    ]);
    waiting = 0;
    await played;
    expect(printed.at(-1)).toMatch(/: The waiting heartbeats were delivered within \d+\.\d s$/);
  });

  it('opens the port of Monasca when it is aborted', async () => {
    const { printed, until, play, stop } = await withMock(async () => 0);
    const played = play({ kind: 'outage', atSeconds: 0, forSeconds: 600 });
    await until(false);
    stop();
    await played;
    await until(true);
    expect(printed.join()).not.toContain('problem');
  });

  it('prints a problem when the mock does not close the port', async () => {
    const server = createServer((_, response) => response.writeHead(500).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { printed, play } = fixture({ controlUrl: `http://127.0.0.1:${port}` });
    await play({ kind: 'outage', atSeconds: 0, forSeconds: 1 });
    expect(printed.at(-1)).toMatch(/^problem: The incident failed: .*500/);
    server.closeAllConnections();
    server.close();
  });
});
