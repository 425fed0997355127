import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LocalService, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort, startTestServer, type TestServer } from '../support/test-server.ts';
import { until, untilResult } from '../support/until.ts';
import { type AgentProcess, startAgent, writeConfig } from './run-agent.ts';

let service: LocalService;
let folder: string;
const agents: AgentProcess[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  service = await startService({ HEARTBEAT_LIVENESS_EVALUATION_SECONDS: '1' });
});
afterEach(async () => {
  for (const agent of agents.splice(0)) {
    agent.kill('SIGKILL');
    await agent.done;
  }
  await service.stop();
});

const start = (config: object, env?: Readonly<Record<string, string>>) => {
  const agent = startAgent(['--config', writeConfig(folder, config)], env);
  agents.push(agent);
  return agent;
};

type Instance = { readonly name: string; readonly state: string; readonly status?: string };

async function instances(): Promise<Record<string, string>> {
  const response = await fetch(`${service.url}/api/v1/instances`);
  const { instances: rows } = (await response.json()) as { instances: Instance[] };
  return Object.fromEntries(
    rows.map(({ name, state, status }) => [name, [state, status].filter(Boolean).join(' ')]),
  );
}

const shown = (expected: Record<string, string>) =>
  untilResult(
    instances,
    (found) => JSON.stringify(found) === JSON.stringify({ ...found, ...expected }),
    {
      wanted: JSON.stringify(expected),
    },
  );

async function kinds(): Promise<string[]> {
  const response = await fetch(`${service.url}/api/v1/events`);
  const { events } = (await response.json()) as {
    events: { data: { kind: string; name: string } }[];
  };
  return events.map(({ data: { kind, name } }) => `${name} ${kind}`);
}

const stamp = () => join(folder, 'stamp');
const file = (name: string, path = stamp()) =>
  ({ name, version: '1', type: 'file', path, maxAgeSeconds: 3_600 }) as const;
const base = () => ({ service: { urls: [service.url] }, intervalSeconds: 2, timeoutSeconds: 1 });

describe('ge-heartbeat agent', () => {
  it('sends heartbeats of what is OK, reports what is not, and retires itself at the end', async () => {
    writeFileSync(stamp(), '');
    const agent = start({
      ...base(),
      self: { intervalSeconds: 2 },
      probes: [
        file('Good'),
        file('Bad', join(folder, 'absent')),
        { ...file('Stays', join(folder, 'absent')), notOk: 'always' },
        { name: 'Unknown', version: '1', type: 'command', command: ['/nowhere/check'] },
      ],
    });
    await shown({
      Good: 'up',
      Stays: 'up not_ok',
      'ge-heartbeat-agent': 'up not_ok',
    });
    await until(async () => (await kinds()).includes('Bad status.not_ok'));
    await shown({ Bad: 'late not_ok', Good: 'up' });
    expect(Object.keys(await instances())).not.toContain('Unknown');
    agent.kill('SIGTERM');
    expect((await agent.done).code).toBe(0);
    await shown({ 'ge-heartbeat-agent': 'retired', Good: 'up' });
  }, 30_000);

  it('keeps heartbeats with their times while the service is away, and sends them first', async () => {
    const port = await freePort();
    writeFileSync(stamp(), '');
    const agent = start({
      ...base(),
      service: { urls: [`http://127.0.0.1:${port}`] },
      probes: [file('Orion')],
      intervalSeconds: 2,
    });
    await agent.logged('delivery fails: records wait');
    const away = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const later = await startService({ HEARTBEAT_HTTP_PORT: String(port) });
    await agent.logged('delivery works again');
    const response = await fetch(`${later.url}/api/v1/instances?name=Orion`);
    const [row] = Object(await response.json()).instances;
    expect(Date.parse(row.presentSince)).toBeLessThan(away + 2_000);
    await later.stop();
  }, 30_000);

  it('reloads its files at SIGHUP, all or nothing', async () => {
    writeFileSync(stamp(), '');
    const agent = start({ ...base(), probes: [file('Orion'), file('Cep')] });
    await shown({ Orion: 'up', Cep: 'up' });
    writeConfig(folder, {
      ...base(),
      probes: [file('Orion'), { ...file('Cep'), maxAgeSeconds: 0 }],
    });
    agent.kill('SIGHUP');
    const refused = await agent.logged(
      'the configuration has problems: the agent continues with the previous one',
    );
    expect(refused['problems']).toEqual([expect.stringContaining('probes[1].maxAgeSeconds: 0')]);
    expect(await instances()).toMatchObject({ Orion: 'up', Cep: 'up' });

    writeConfig(folder, { ...base(), probes: [file('Orion'), file('Keyrock')] });
    agent.kill('SIGHUP');
    await agent.logged('the configuration was reloaded');
    await shown({ Orion: 'up', Cep: 'retired', Keyrock: 'up' });
    expect(await kinds()).not.toContain('Orion late');

    writeConfig(folder, {
      ...base(),
      spool: { folder: join(folder, 'other') },
      probes: [file('Orion')],
    });
    agent.kill('SIGHUP');
    await until(() => agent.out().includes('spool: changed; expected a restart of the agent'));
    expect(await instances()).toMatchObject({ Keyrock: 'up' });
  }, 30_000);

  it('does not share its spool with a second agent, and exits with 78 for an invalid file', async () => {
    start({ ...base(), probes: [] });
    await untilResult(instances, (found) => 'ge-heartbeat-agent' in found);
    const second = await start({ ...base(), probes: [] }).done;
    expect(second.code).toBe(1);
    expect(second.out).toContain('the spool folder cannot be used: set spool.folder');
    const invalid = await start({ ...base(), probes: [{ type: 'tcp' }] }).done;
    expect(invalid).toMatchObject({
      code: 78,
      out: '',
      err: expect.stringContaining('probes[0].name: missing'),
    });
    expect((await startAgent([]).done).code).toBe(64);
    const check = () => startAgent(['--check', '--config', join(folder, 'agent.yaml')]).done;
    expect(await check()).toMatchObject({ code: 78, out: '' });
    writeConfig(folder, { ...base(), probes: [file('Orion')] });
    expect(await check()).toMatchObject({
      code: 0,
      out: 'The configuration is valid; probes: 1.\n',
    });
  }, 30_000);

  it('sends the token of its environment, and never prints it', async () => {
    const server: TestServer = await startTestServer();
    const token = 'hb_abcdefghij_0123456789012345678901234567890123456789012';
    server.react({ status: 401, body: token });
    writeFileSync(stamp(), '');
    const config = { ...base(), service: { urls: [server.url] }, probes: [file('Orion')] };
    const agent = start(config, { HEARTBEAT_TOKEN: token });
    await agent.logged('delivery fails: records wait');
    expect(server.received[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(agent.out()).not.toContain('0123456789');
    await server.stop();
  }, 30_000);
});
