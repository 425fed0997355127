import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { describeWithPackages } from '../../support/python-packages.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../../support/rabbitmq.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { freePort } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

/* The programs of lvmbeat's own deployments. */
const clu = { name: 'clu', minor: 11, packages: ['sdss-clu==2.6.1'] };
const lvmbeat = {
  name: 'lvmbeat',
  minor: 13,
  packages: [
    ...['lvmbeat==0.3.0', 'uvicorn==0.54.0'],
    // What its monitor imports, and the package does not require.
    ...['fastapi-utils==0.8.0', 'typing_inspect'],
  ],
};

const clientScript = `
import asyncio, json, sys
from clu.client import AMQPClient

async def main():
    client = AMQPClient("opsclient", host="127.0.0.1", port=int(sys.argv[1]), log=None)
    await client.start()
    for text in sys.argv[2:]:
        command = await (await client.send_command("lvmbeat", text))
        replies = [{"code": str(getattr(r.message_code, "value", r.message_code)), "message": r.message} for r in command.replies]
        print(json.dumps({"status": command.status.name, "replies": replies}))
    await client.stop()

asyncio.run(main())
`;

const lvmecpScript = `
import asyncio, sys
from clu.actor import AMQPActor
from clu.parsers.click import command_parser

@command_parser.command()
async def heartbeat(command):
    print("heartbeat", flush=True)
    return command.finish()

async def main():
    actor = AMQPActor("lvmecp", host="127.0.0.1", port=int(sys.argv[1]), version="1")
    await actor.start()
    print("started", flush=True)
    await actor.run_forever()

asyncio.run(main())
`;

const children: ChildProcess[] = [];

/** Starts a program; its output grows while it runs. */
function start(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output.text += data;
    });
  }
  children.push(child);
  return output;
}

const heartbeats = ['overwatcher', 'agcam', 'guider'].map((name) => ({
  ...{ name, critical: name !== 'guider' },
}));

let rabbit: Rabbit;
let service: LocalService;
const folder = mkdtempSync(join(tmpdir(), 'ge-heartbeat-clients-'));

async function startOurs(settings: Record<string, string> = {}) {
  return startService({
    HEARTBEAT_PROFILES_LVMBEAT_ENABLED: 'true',
    HEARTBEAT_PROFILES_LVMBEAT_PORT: '0',
    HEARTBEAT_STOP_DRAIN_SECONDS: '1',
    ...settings,
  });
}

describeWith([rabbitProgram], 'our actor', () =>
  describeWithPackages(clu, 'and the real clu', ({ python }) => {
    beforeAll(async () => {
      rabbit ??= await startRabbit();
      service = await startOurs({
        HEARTBEAT_PROFILES_LVMBEAT_AMQP_URL: rabbit.url,
        HEARTBEAT_PROFILES_LVMBEAT_HEARTBEATS: JSON.stringify(heartbeats),
        HEARTBEAT_RELAYS: JSON.stringify([
          {
            ...{ name: 'ecp', mode: 'on-arrival', cutoff: 10 },
            sources: heartbeats.map((one) => ({ ...one, version: 'lvmbeat', within: 30 })),
            target: { type: 'amqp', actor: 'lvmecp' },
          },
        ]),
      });
      writeFileSync(join(folder, 'client.py'), clientScript);
      writeFileSync(join(folder, 'lvmecp.py'), lvmecpScript);
    }, 150_000);

    it('understand each other: `set`, `status`, an unknown name, and lvmecp receives `heartbeat`', async () => {
      const lvmecp = start(python, [join(folder, 'lvmecp.py'), String(rabbit.port)]);
      await until(() => lvmecp.text.includes('started'), { withinMs: 30_000 });
      const send = async (...commands: string[]): Promise<unknown[]> => {
        const client = [join(folder, 'client.py'), String(rabbit.port), ...commands];
        const { stdout } = await promisify(execFile)(python, client);
        return stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
      };
      const results = await send('set overwatcher', 'set agcam', 'set nosuch');
      // A `set` is answered without waiting for lvmecp.
      await until(() => /^heartbeat$/m.test(lvmecp.text));
      results.push(...(await send('status', 'ping')));
      const set = [
        { code: '>', message: {} },
        { code: ':', message: { text: 'Heartbeat set.' } },
      ];
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(results).toEqual([
        { status: 'DONE', replies: set },
        { status: 'DONE', replies: set },
        {
          status: 'FAILED',
          replies: [set[0], { code: 'f', message: { error: "Heartbeat 'nosuch' not found." } }],
        },
        {
          status: 'DONE',
          replies: [
            set[0],
            {
              code: ':',
              message: {
                heartbeats: {
                  overwatcher: { current: true, last_seen: time },
                  agcam: { current: true, last_seen: time },
                  guider: { current: false, last_seen: null },
                },
                last_emitted_ecp: expect.anything(),
                last_emitted_outside: null,
                network: { internet: false, lco: false },
              },
            },
          ],
        },
        { status: 'DONE', replies: [set[0], { code: ':', message: { text: 'Pong.' } }] },
      ]);
    }, 60_000);
  }),
);

describeWith([rabbitProgram], 'the lvmbeat', () =>
  describeWithPackages(lvmbeat, 'of PyPI', (environment) => {
    const statusOf = async (port: number) =>
      JSON.parse(await (await fetch(`http://127.0.0.1:${port}/status`)).text());

    it('has our monitor as the monitor of its actor', async () => {
      rabbit ??= await startRabbit();
      const monitor = await startOurs();
      const config = join(folder, 'config.yaml');
      const actor = { name: 'otherbeat', host: '127.0.0.1', port: rabbit.port, log_dir: folder };
      const outside = { interval: 1 };
      writeFileSync(config, JSON.stringify({ actor, outside_monitor: outside, heartbeats }));
      writeFileSync(join(folder, 'nmap'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const program = start(
        join(environment.bin, 'lvmbeat'),
        ['-c', config, 'actor', 'start', '--debug'],
        {
          LVMBEAT_OUTSIDE_MONITOR_URL: `http://127.0.0.1:${monitor.lvmbeatPort}`,
          PATH: `${folder}:${environment.bin}:${process.env['PATH']}`,
        },
      );
      try {
        await until(async () => (await statusOf(monitor.lvmbeatPort)).last_seen !== null, {
          withinMs: 45_000,
          everyMs: 500,
        });
      } catch (error) {
        throw new Error(`${error}\n${program.text}`);
      } finally {
        await monitor.stop();
      }
    }, 150_000);

    it('receives the heartbeats of our relay as the monitor', async () => {
      const port = await freePort();
      const args = ['-m', 'uvicorn', 'lvmbeat.monitor:app', '--host', '127.0.0.1'];
      const program = start(environment.python, [...args, '--port', String(port)]);
      await until(() => /Uvicorn running|Error/.test(program.text), { withinMs: 60_000 });
      expect(program.text).toContain('Uvicorn running');
      expect(await statusOf(port)).toMatchObject({ last_seen: null });
      const ours = await startService({
        HEARTBEAT_RELAYS: JSON.stringify([
          {
            ...{ name: 'outside', interval: 1 },
            target: { type: 'http', method: 'GET', url: `http://127.0.0.1:${port}/heartbeat` },
          },
        ]),
      });
      await until(async () => (await statusOf(port)).last_seen !== null);
      await until(async () => {
        const { relays } = JSON.parse(await (await fetch(`${ours.url}/api/v1/relays`)).text());
        return relays[0].lastEmitted !== null && relays[0].lastError === null;
      });
      await ours.stop();
    }, 90_000);
  }),
);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await service?.stop();
  await rabbit?.stop();
  rmSync(folder, { recursive: true });
});
