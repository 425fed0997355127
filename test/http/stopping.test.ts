import { afterEach, describe, expect, it } from '@jest/globals';
import { closeConnections, connect, requestText } from '../support/raw-http.ts';
import { spawnService, startService } from '../support/service.ts';

const rawRoute = '/api/v1/heartbeats';
const heartbeat = '{"name":"orion","version":"1.0","instance":"c1"}';
const post = requestText('POST', rawRoute, { body: heartbeat });
const patient = { HEARTBEAT_STOP_DRAIN_SECONDS: '20' };

afterEach(closeConnections);

describe('a stop', () => {
  it('waits for the requests that are under way, and stores what they bring', async () => {
    const service = await startService(patient);
    const connections = await Promise.all([1, 2, 3].map(() => connect(service.port)));
    for (const { send } of connections) send(post.slice(0, -10));
    const kept = await connect(service.port);
    kept.send(requestText('GET', '/health/live'));
    await kept.answer();

    const stopped = service.stop();
    await kept.closed;
    for (const connection of connections) {
      connection.send(post.slice(-10));
      expect(await connection.answer()).toMatchObject({
        status: 202,
        headers: { connection: 'close' },
      });
      await connection.closed;
    }
    await stopped;
  });

  it('accepts no new connection, and closes idle ones at once', async () => {
    const service = await startService(patient);
    const [unused, kept] = await Promise.all([connect(service.port), connect(service.port)]);
    kept.send(post);
    await kept.answer();
    await service.stop();
    await Promise.all([unused.closed, kept.closed]);
    await expect(connect(service.port)).rejects.toThrow('ECONNREFUSED');
  });

  it('refers late requests to its successor, and closes their connections', async () => {
    const service = await startService(patient);
    const requests = [
      { text: post, status: 503, retryAfter: '1' },
      { text: requestText('POST', '/beat', { body: '{}' }), status: 503, retryAfter: '1' },
      { text: requestText('GET', '/health/live'), status: 200, retryAfter: undefined },
      { text: requestText('GET', '/nowhere'), status: 404, retryAfter: undefined },
    ];
    const late = await Promise.all(
      requests.map(async (request) => ({ ...request, connection: await connect(service.port) })),
    );
    for (const { connection, text } of late) connection.send(text.slice(0, 5));
    const kept = await connect(service.port);
    kept.send(post);
    await kept.answer();

    const stopped = service.stop();
    await kept.closed;
    for (const { connection, text, status, retryAfter } of late) {
      connection.send(text.slice(5));
      const answer = await connection.answer();
      expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter]);
      expect(answer.headers).toMatchObject({ connection: 'close' });
      await connection.closed;
    }
    await stopped;
  });

  it('closes connections whose requests do not end', async () => {
    const service = await startService({ HEARTBEAT_STOP_DRAIN_SECONDS: '1' });
    const [headers, body] = await Promise.all([connect(service.port), connect(service.port)]);
    headers.send(post.slice(0, 5));
    body.send(post.slice(0, -10));
    const kept = await connect(service.port);
    kept.send(post);
    await kept.answer();
    await service.stop();
    await Promise.all([headers.closed, body.closed]);
  });

  it('of the process ends with 0 and loses nothing that it has acknowledged', async () => {
    const service = await spawnService(patient);
    const connection = await connect(service.port);
    connection.send(post.repeat(200));
    for (let answered = 0; answered < 100; answered++) {
      expect(await connection.answer()).toMatchObject({ status: 202 });
    }
    connection.destroy();
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.lines.map(({ level }) => level)).not.toContain('fatal');
    expect(service.lines.at(-1)?.msg).toMatch('stopped');
  });
});
