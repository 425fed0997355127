import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { instancePastSchema } from '../../service/contract/api/instance.ts';
import { describeAsRoot } from '../support/programs.ts';
import { startService } from '../support/service.ts';
import { freePort } from '../support/test-server.ts';
import { type Receiver, type Response, startReceiver } from './receiver.ts';
import { createScratch, describeShells, runEmitter, settings } from './run.ts';

const scratch = createScratch();
let receiver: Receiver;
let response: Response | undefined;

beforeAll(async () => {
  receiver = await startReceiver();
  receiver.respond = () => response;
});

beforeEach(() => {
  receiver.received.length = 0;
  response = { status: 202, body: '{"accepted":1,"rejected":[]}' };
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

const lines = (text: string) => text.trim().split('\n');
const timesIn = (text: string): number[] =>
  lines(text).map((line) => Number(JSON.parse(line).timestamp));

describeShells('what the emitter could not send', ['curl'], (shell) => {
  const env = async (address = receiver.origin) => ({
    ...settings(address),
    HEARTBEAT_INSTANCE: 'i-1',
    HEARTBEAT_STATE_DIR: await scratch.folder(),
  });
  const spool = (folder: string) => readFile(join(folder, 'Orion.i-1.spool'), 'utf8');

  it.each(['', '/beat'])('is sent first, at once, with its own times (%j)', async (path) => {
    const given = await env(`${receiver.origin}${path}`);
    response = { status: 503, body: '{"detail":"The store is full."}' };
    const runs = [];
    for (let run = 0; run < 3; run++) runs.push(await runEmitter(shell, given));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    expect(runs.map(({ err }) => err !== '')).toEqual([true, false, false]);
    expect(runs[0]?.err).toContain('answered HTTP 503: The store is full.\n');
    const kept = timesIn(await spool(given.HEARTBEAT_STATE_DIR));
    expect(kept).toHaveLength(3);

    response = { status: 202, body: '{"accepted":4,"rejected":[]}' };
    receiver.received.length = 0;
    expect(await runEmitter(shell, given)).toEqual({
      exitCode: 0,
      out: '',
      err: 'GE_Heartbeat.sh: acknowledged again, with 3 kept heartbeats\n',
    });
    expect(receiver.received.map(({ path: to }) => to)).toEqual(['/api/v1/heartbeats']);
    const times = timesIn(receiver.received[0]?.body ?? '');
    expect(times.slice(0, 3)).toEqual(kept);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(await readdir(given.HEARTBEAT_STATE_DIR)).toEqual([]);
    expect(await runEmitter(shell, given)).toEqual({ exitCode: 0, out: '', err: '' });
  });

  it('prints a line when the reason changes', async () => {
    const given = await env();
    const printed = [];
    for (const status of [503, 503, 401, 401, 429]) {
      response = { status };
      printed.push((await runEmitter(shell, given)).err);
    }
    expect(printed.map((line) => /HTTP (\d+)/.exec(line)?.[1])).toEqual([
      '503',
      undefined,
      '401',
      undefined,
      '429',
    ]);
  });

  it('is bounded: the oldest are dropped', async () => {
    const given = { ...(await env()), HEARTBEAT_SPOOL_MAX: '2' };
    response = { status: 503 };
    const times = [];
    for (let run = 0; run < 4; run++) {
      await runEmitter(shell, given);
      times.push(timesIn(await spool(given.HEARTBEAT_STATE_DIR)));
    }
    expect(times.map(({ length }) => length)).toEqual([1, 2, 2, 2]);
    expect(times[3]?.[0]).toBe(times[2]?.[1]);
  });

  it('is dropped, with a line, where the service rejects it for good', async () => {
    const given = await env();
    response = { status: 503 };
    await runEmitter(shell, given);
    receiver.respond = ({ body }) =>
      lines(body).length > 1 ? { status: 400, body: '{"detail":"Not valid."}' } : { status: 202 };
    const { exitCode, err } = await runEmitter(shell, given);
    receiver.respond = () => response;
    expect(exitCode).toBe(0);
    expect(err).toContain('1 kept heartbeats are dropped: ');
    expect(err).toContain('answered HTTP 400: Not valid.\n');
    expect(await readdir(given.HEARTBEAT_STATE_DIR)).toEqual([]);
  });

  it('is dropped where the original service answers, which has no batches', async () => {
    const given = await env(`${receiver.origin}/beat`);
    response = { status: 500 };
    await runEmitter(shell, given);
    receiver.respond = ({ path }) => ({ status: path === '/beat' ? 200 : 404 });
    const { exitCode, err } = await runEmitter(shell, given);
    receiver.respond = () => response;
    expect(exitCode).toBe(0);
    expect(err).toContain('1 kept heartbeats are dropped');
    expect(receiver.received.at(-1)?.body).toContain('"Enabler_ID":"Orion"');
  });

  it('is not kept where the same request would always be rejected', async () => {
    const given = await env();
    response = { status: 400 };
    await runEmitter(shell, given);
    expect(await readdir(given.HEARTBEAT_STATE_DIR)).toEqual(['Orion.i-1.link']);
  });

  it('is reported where the service rejects a part', async () => {
    response = { status: 202, body: '{"accepted":1,"rejected":[{"index":0,"errors":[]}]}' };
    const { exitCode, err } = await runEmitter(shell, await env());
    expect(exitCode).toBe(0);
    expect(err).toMatch(/^GE_Heartbeat\.sh: rejected in part: .+\n$/);
  });

  it('is whole when two copies fail at once', async () => {
    const given = await env();
    response = { status: 503 };
    await Promise.all([runEmitter(shell, given), runEmitter(shell, given)]);
    expect(timesIn(await spool(given.HEARTBEAT_STATE_DIR)).length).toBeGreaterThanOrEqual(1);
    const left = await readdir(given.HEARTBEAT_STATE_DIR);
    expect(left.toSorted()).toEqual(['Orion.i-1.link', 'Orion.i-1.spool']);
  });

  it('completes the history of the service, when that is back', async () => {
    const port = await freePort();
    const given = await env(`127.0.0.1:${port}`);
    const instance = `late-${shell.replace(' ', '-')}`;
    const own = { ...given, HEARTBEAT_INSTANCE: instance };
    const before = Date.now();
    expect((await runEmitter(shell, own)).exitCode).toBe(1);
    const service = await startService({ HEARTBEAT_HTTP_PORT: String(port) });
    const started = Date.now();
    expect((await runEmitter(shell, own)).exitCode).toBe(0);
    const from = new Date(before - 60_000).toISOString();
    const past = await fetch(
      `${service.url}/api/v1/instances/Orion/3.10.1/${instance}?include=presences&from=${from}`,
    );
    const { presences = [] } = instancePastSchema.parse(await past.json());
    await service.stop();
    const firstMs = Date.parse(presences.at(-1)?.from ?? '');
    expect(firstMs).toBeGreaterThanOrEqual(before - 1_000);
    expect(firstMs).toBeLessThanOrEqual(started);
  });
});

describeAsRoot(['mount'], 'on a full disk', () => {
  describeShells('what the emitter could not send', ['curl'], (shell) => {
    it('stays as it was, and the heartbeat is still sent', async () => {
      const disk = await scratch.folder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]);
      try {
        const given = {
          ...settings(receiver.origin),
          HEARTBEAT_INSTANCE: 'i-1',
          HEARTBEAT_STATE_DIR: disk,
        };
        response = { status: 503 };
        await runEmitter(shell, given);
        const file = join(disk, 'Orion.i-1.spool');
        const kept = await readFile(file, 'utf8');
        await writeFile(join(disk, 'filler'), Buffer.alloc(64 * 1_024)).catch(() => {});
        const { exitCode, err } = await runEmitter(shell, given);
        expect({ exitCode, err }).toEqual({ exitCode: 1, err: '' });
        expect(await readFile(file, 'utf8')).toBe(kept);
        response = { status: 202 };
        const sent = await runEmitter(shell, given);
        expect(sent).toMatchObject({
          exitCode: 0,
          err: 'GE_Heartbeat.sh: acknowledged again\n',
        });
        expect((await stat(file)).size).toBe(kept.length);
      } finally {
        execFileSync('umount', [disk]);
      }
    });
  });
});
