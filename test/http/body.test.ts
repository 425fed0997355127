import { readFileSync } from 'node:fs';
import zlib from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { closeConnections, connect, exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, spawnService, startService } from '../support/service.ts';

const rawRoute = '/api/v1/heartbeats';
const heartbeat = '{"name":"orion","version":"1.0","instance":"c1"}';
const maxBodyBytes = 65_536;
const one = { status: 202, body: '{"accepted":1,"rejected":[]}' };

let service: LocalService;
beforeAll(async () => {
  service = await startService({ HEARTBEAT_HTTP_MAX_BODY_BYTES: String(maxBodyBytes) });
});
afterEach(closeConnections);
afterAll(() => service.stop());

/** Posts bytes as they are and returns status and what the answer says. */
function post(body: Buffer | string, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(body);
  const head = requestText('POST', rawRoute, {
    headers: { 'content-length': String(bytes.length), ...headers },
  });
  return exchange(service.port, Buffer.concat([Buffer.from(head), bytes]));
}

const chunk = (data: Buffer) =>
  Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);

describe('readBody', () => {
  it.each([
    ['identity', (body: Buffer) => body],
    ['', (body: Buffer) => body],
    ['gzip', zlib.gzipSync],
    ['x-gzip', zlib.gzipSync],
    [' GZip ', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate', zlib.deflateRawSync],
  ])('unpacks the encoding "%s"', async (encoding, pack) => {
    const packed = pack(Buffer.from(heartbeat));
    expect(await post(packed, { 'content-encoding': encoding })).toMatchObject(one);
  });

  it('unpacks gzip of several members, as `cat a.gz b.gz` makes it', async () => {
    const parts = [heartbeat.slice(0, 20), heartbeat.slice(20)].map((part) => zlib.gzipSync(part));
    expect(await post(Buffer.concat(parts), { 'content-encoding': 'gzip' })).toMatchObject(one);
  });

  it.each(['br', 'zstd', 'compress', 'gzip, gzip', 'utf-8', 'GZIPPED', '*'])(
    'refuses the encoding %s',
    async (encoding) => {
      const answer = await post(heartbeat, { 'content-encoding': encoding });
      expect(answer.status).toBe(415);
      expect(answer.headers['accept-encoding']).toBe('gzip, deflate, identity');
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'unsupported-encoding' });
    },
  );

  const gzipped = zlib.gzipSync(heartbeat);
  it.each([
    ['cut short', 'gzip', gzipped.subarray(0, -9)],
    ['with a wrong checksum', 'gzip', Buffer.concat([gzipped.subarray(0, -8), Buffer.alloc(8)])],
    ['that is only a header', 'gzip', gzipped.subarray(0, 10)],
    ['of nothing', 'gzip', Buffer.alloc(0)],
    ['that is not packed', 'gzip', Buffer.from(heartbeat)],
    ['that is not packed', 'deflate', Buffer.from(heartbeat)],
    ['cut short', 'deflate', zlib.deflateSync(heartbeat).subarray(0, -9)],
    ['that is gzip', 'deflate', gzipped],
    ['that is deflate', 'gzip', zlib.deflateSync(heartbeat)],
  ])('refuses a body %s as %s', async (_, encoding, body) => {
    const answer = await post(body, { 'content-encoding': encoding });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed-body' });
  });

  it.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate', zlib.deflateRawSync],
  ])('unpacks %s up to the limit and not a byte more', async (encoding, pack) => {
    const padded = (bytes: number) => pack(Buffer.from(heartbeat.padEnd(bytes)));
    const headers = { 'content-encoding': encoding };
    expect(await post(padded(maxBodyBytes), headers)).toMatchObject(one);
    expect(await post(padded(maxBodyBytes + 1), headers)).toMatchObject({ status: 413 });
  });

  it('takes a plain body up to the limit and not a byte more', async () => {
    expect(await post(heartbeat.padEnd(maxBodyBytes))).toMatchObject(one);
    expect(await post(heartbeat.padEnd(maxBodyBytes + 1))).toMatchObject({ status: 413 });
  });

  it('refuses a body whose announced length is too large before it is sent', async () => {
    const connection = await connect(service.port);
    connection.send(
      requestText('POST', rawRoute, { headers: { 'content-length': '10000000000' } }),
    );
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'body-too-large',
      detail: expect.stringContaining('65536 bytes (http.maxBodyBytes)'),
    });
    await connection.closed;
  });

  it('lets a sender that does not wait read why its body is too large', async () => {
    const connection = await connect(service.port);
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    const headers = { 'content-length': String(body.length) };
    connection.send(requestText('POST', rawRoute, { headers }));
    connection.send(body);
    expect(await connection.answer()).toMatchObject({ status: 413 });
    await connection.closed;
  });

  it('refuses a body in chunks once it is too large, and lets the sender read why', async () => {
    const connection = await connect(service.port);
    connection.send(requestText('POST', rawRoute, { headers: { 'transfer-encoding': 'chunked' } }));
    const part = chunk(Buffer.alloc(16_384, ' '));
    for (let sent = 0; sent < 512; sent++) connection.send(part);
    expect(await connection.answer()).toMatchObject({
      status: 413,
      headers: { connection: 'close' },
    });
    await connection.closed;
  });

  it('takes a body in chunks, however small', async () => {
    const connection = await connect(service.port);
    connection.send(requestText('POST', rawRoute, { headers: { 'transfer-encoding': 'chunked' } }));
    for (const byte of Buffer.from(heartbeat)) connection.send(chunk(Buffer.from([byte])));
    connection.send('0\r\n\r\n');
    expect(await connection.answer()).toMatchObject(one);
  });

  it('responds to 100-continue with permission, or with the reason against it', async () => {
    const asking = (bytes: number) =>
      requestText('POST', rawRoute, {
        headers: { 'content-length': String(bytes), expect: '100-continue' },
      });
    const welcome = await connect(service.port);
    welcome.send(asking(heartbeat.length));
    expect(await welcome.answer()).toMatchObject({ status: 100 });
    welcome.send(heartbeat);
    expect(await welcome.answer()).toMatchObject(one);

    const refused = await connect(service.port);
    refused.send(asking(maxBodyBytes + 1));
    expect(await refused.answer()).toMatchObject({ status: 413 });
  });

  it('forgets a body whose sender goes away in the middle', async () => {
    for (let round = 0; round < 20; round++) {
      const connection = await connect(service.port);
      connection.send(requestText('POST', rawRoute, { headers: { 'content-length': '100' } }));
      connection.send(heartbeat.slice(0, 30));
      connection.destroy();
    }
    expect(await post(heartbeat)).toMatchObject(one);
    expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('readBody against a bomb', () => {
  it('refuses a gigabyte of zeros packed into a megabyte, and takes no memory for it', async () => {
    const bomb = zerosPacked(1_000);
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const victim = await spawnService();
    try {
      const headers = { 'content-encoding': 'gzip' };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          fetch(`${victim.url}${rawRoute}`, { method: 'POST', headers, body: bomb }),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([413]));
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
      expect(peakMegabytes(victim.pid)).toBeLessThan(300);
    } finally {
      await victim.stop();
    }
  });
});

/** The most memory that a process ever had, as Linux counts it. */
function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_000;
}

/** So many mebibytes of zeros as gzip, in about a thousandth of that. */
function zerosPacked(mebibytes: number): Buffer<ArrayBuffer> {
  const member = zlib.gzipSync(Buffer.alloc(20 * 1024 * 1024), { level: 9 });
  return Buffer.concat(Array.from({ length: mebibytes / 20 }, () => member));
}
