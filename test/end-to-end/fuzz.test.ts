import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { brokenRequest, framedRequest } from '../support/bad-requests.ts';
import { openTestStore } from '../support/open-store.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { metric } from '../support/pipeline-state.ts';
import { createRandom, type Random } from '../support/random.ts';
import { closeConnections, connect, type RawAnswer } from '../support/raw-http.ts';
import { spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';

/** `FUZZ_SEED` repeats a run, `FUZZ_REQUESTS` makes it longer. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_131);
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 100_000);
const senders = 16;
/** Requests that go over a connection before a broken one ends it. */
const perConnection = 20;
const maxGrowthMegabytes = 80;

type Tally = {
  sent: number;
  accepted: number;
  readonly statuses: Map<number, number>;
  /** Responses that no request may cause, each with its request. */
  readonly wrong: { status: number; request: string }[];
};

afterEach(closeConnections);

describe('the service under bad requests', () => {
  it('rejects all with 4xx, stores no invalid heartbeat, does not grow, and works afterwards', async () => {
    const dataDir = temporaryFolder();
    const service = await spawnService({
      // Without a Keystone every accepted heartbeat stays in the outbox.
      ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
      HEARTBEAT_DATA_DIR: dataDir,
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    const tally: Tally = { sent: 0, accepted: 0, statuses: new Map(), wrong: [] };

    await attack(service.port, seed, requests * 0.3, tally);
    const warmMegabytes = residentMegabytes(service.pid);
    await attack(service.port, seed + senders, requests * 0.7, tally);
    const grownMegabytes = residentMegabytes(service.pid) - warmMegabytes;

    expect(tally.wrong.slice(0, 5)).toEqual([]);
    expect(tally.sent).toBeGreaterThanOrEqual(requests);
    expect(grownMegabytes).toBeLessThan(maxGrowthMegabytes);
    // Every kind of response occurred, so the generator still covers them.
    for (const status of [200, 202, 400, 404, 405, 413, 415, 431]) {
      expect([status, tally.statuses.get(status) ?? 0]).not.toEqual([status, 0]);
    }

    const body = '{"name":"orion","version":"1.0","instance":"good"}';
    const good = await fetch(`${service.url}/api/v1/heartbeats`, { method: 'POST', body });
    expect(good.status).toBe(202);
    const stored = tally.accepted + 1;
    const label = '{stream="heartbeats"}';
    expect(await metric(service.url, 'heartbeat_outbox_records', label)).toBe(stored);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.lines.filter(({ level }) => level === 'fatal' || level === 'text')).toEqual([]);

    const store = await openTestStore(dataDir);
    const { records } = store.heartbeats.reader('monasca').read(0, stored + 1);
    expect(records.length).toBe(stored);
    expect(records.filter((record) => !isValid(record)).slice(0, 5)).toEqual([]);
  }, 300_000);
});

/** Sends `count` requests from several senders at once, each with its own seed. */
async function attack(port: number, firstSeed: number, count: number, tally: Tally): Promise<void> {
  const each = Math.ceil(count / senders);
  const attacks = Array.from({ length: senders }, async (_, sender) => {
    const random = createRandom(firstSeed + sender);
    for (let sent = 0; sent < each; sent += perConnection + 1) {
      await useConnection(port, random, tally);
    }
  });
  await Promise.all(attacks);
}

/** Pipelines requests over one connection, reads the responses, and breaks the connection. */
async function useConnection(port: number, random: Random, tally: Tally): Promise<void> {
  const connection = await connect(port);
  const framed = Array.from({ length: perConnection }, () => framedRequest(random));
  connection.send(Buffer.concat(framed.map(({ bytes }) => bytes)));
  for (const { bytes, toHead } of framed) {
    let answer = await connection.answer({ toHead });
    while (answer.status === 100) answer = await connection.answer({ toHead });
    note(answer, bytes, tally);
  }
  const broken = brokenRequest(random);
  connection.send(broken);
  connection.end();
  const last = await connection.answer({ toHead: true }).catch(() => undefined);
  if (last) note(last, broken, tally);
  else tally.sent++;
  connection.destroy();
}

function note(answer: RawAnswer, request: Buffer, tally: Tally): void {
  const { status, headers, body } = answer;
  tally.sent++;
  tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
  if (status >= 500 || status < 100) {
    tally.wrong.push({ status, request: request.toString('latin1').slice(0, 2_000) });
  }
  if (status === 202) tally.accepted += Number(/^\{"accepted":(\d+)/.exec(body)?.[1]);
  // Only the response 200 of `/beat` has neither body nor type.
  const isBeat = status === 200 && headers['content-type'] === undefined;
  if (isBeat) tally.accepted++;
}

/** Returns whether a heartbeat is valid by the contract, written independently of the service. */
function isValid(heartbeat: Heartbeat): boolean {
  const { name, version, instance, timestampMs, receivedAtMs } = heartbeat;
  const { intervalSeconds = 1, status = 'stopping', meta = {} } = heartbeat;
  const isText = (text: unknown) => typeof text === 'string' && text.isWellFormed();
  const isIdentity = (text: string) => isText(text) && /^\P{Cc}{1,255}$/u.test(text);
  return (
    [name, version, instance].every(isIdentity) &&
    Number.isSafeInteger(timestampMs) &&
    timestampMs >= 0 &&
    timestampMs <= receivedAtMs + 300_000 &&
    Math.abs(receivedAtMs - Date.now()) < 3_600_000 &&
    intervalSeconds >= 1 &&
    intervalSeconds <= 604_800 &&
    status === 'stopping' &&
    Object.keys(meta).length <= 16 &&
    Object.entries(meta).flat().every(isText)
  );
}

/** Resident memory of the process. */
function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_000;
}
