import { describe, expect, it } from '@jest/globals';
import { anonymous } from '../../../service/contract/access/caller.ts';
import { createIngest } from '../../../service/ingest/ingest.ts';
import { hbtdMount } from '../../../service/profiles/hbtd/mount.ts';
import { systemClock as clock } from '../../../service/runtime/clock.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { StoreUnavailable } from '../../../service/store/failure.ts';
import { hbtdBeat, hbtdProblem } from '../../support/hbtd.ts';

/** The profile over a store that takes nothing. */
function withoutStore() {
  const failure = { reason: 'full', detail: 'the disk is full' } as const;
  return hbtdMount('/', {
    ingest: createIngest({
      append: () => Promise.resolve({ kind: 'unavailable', failure }),
      maxHeartbeats: 1,
      maxFutureMs: 0,
      maxAgeMs: 300_000,
      clock,
      metrics: createMetrics(),
    }),
    version: 'hbtd',
    stateOf: () => undefined,
    parameters: {
      current: () => {
        throw new Error('not used');
      },
      patch: () => Promise.reject(new StoreUnavailable(failure)),
    },
    notReady: () => 'nothing can be stored: the disk is full',
    hsmStatus: () => Promise.resolve('Ready'),
    telemetryStatus: () => 'Connected and CLOSED',
  });
}

async function ask(method: string, path: string, body: object = {}) {
  const request = { method, url: `/hmi/v1/${path}` };
  const bytes = Buffer.from(JSON.stringify(body));
  const answer = await withoutStore().handle(bytes, anonymous, request, () => '127.0.0.1');
  return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) };
}

describe('hbtdMount, while nothing can be stored', () => {
  it('answers heartbeats with 500, and when to come again', async () => {
    const detail = 'Key/Value service store operation failed';
    for (const path of ['heartbeat', 'heartbeat/x0']) {
      const answer = await ask('POST', path, hbtdBeat('x0'));
      expect(answer).toMatchObject(hbtdProblem(500, detail, 'heartbeat'));
      expect(answer.headers).toMatchObject({ 'retry-after': '5' });
    }
  });

  it('answers a change of parameters with 500', async () => {
    const detail = 'Failed KV service STORE operation';
    expect(await ask('PATCH', 'params')).toMatchObject(hbtdProblem(500, detail, 'params'));
  });

  it('is not ready, but alive, and says why', async () => {
    expect(await ask('GET', 'readiness')).toMatchObject({ status: 503, body: '' });
    expect(await ask('GET', 'liveness')).toMatchObject({ status: 204, body: '' });
    expect(await ask('GET', 'health')).toMatchObject({
      status: 200,
      json: {
        KvStore: 'Error accessing key values: nothing can be stored: the disk is full',
        MsgBus: 'Connected and CLOSED',
        HsmStatus: 'Ready',
      },
    });
  });

  it('words what the server says in its own way', () => {
    const request = { method: 'POST', url: '/hmi/v1/hbstate/X00', socket: {} };
    const problem = { code: 'stopping', detail: 'Stopping.', retryAfterSeconds: 1 } as const;
    const { status, headers, body } = withoutStore().refuse(problem, request);
    expect({ status, headers, json: JSON.parse(body) }).toMatchObject({
      ...hbtdProblem(503, 'Stopping.', 'hbstate/x0'),
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
    });
  });
});
