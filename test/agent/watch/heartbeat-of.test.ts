import { describe, expect, it } from '@jest/globals';
import type { NotOkPolicy } from '../../../service/agent/config/probes.ts';
import { agentSchema } from '../../../service/agent/config/schema.ts';
import type { ProbeSettings } from '../../../service/agent/config/settings.ts';
import { heartbeatOf } from '../../../service/agent/watch/heartbeat-of.ts';
import { ownHeartbeat } from '../../../service/agent/watch/own-heartbeat.ts';

const identity = { name: 'Orion', version: '3', instance: 'a' };
const { rabbitmq } = agentSchema.parse({});
const settings = (notOk: NotOkPolicy): ProbeSettings => ({
  ...identity,
  intervalSeconds: 30,
  timeoutSeconds: 5,
  notOk,
  config: { ...identity, type: 'tcp', host: 'localhost', port: 1 },
  management: rabbitmq,
});
const notOk = { kind: 'not_ok', message: 'refused' } as const;

describe('heartbeatOf', () => {
  const heartbeat = { ...identity, timestamp: 7, interval: 30 };
  const bad = { ...heartbeat, status: 'not_ok', message: 'refused' };

  it.each([
    ['once', 'ok', { kind: 'ok' } as const, heartbeat],
    ['once', undefined, notOk, bad],
    ['once', 'ok', notOk, bad],
    ['once', 'not_ok', notOk, undefined],
    ['always', 'not_ok', notOk, bad],
    ['never', 'ok', notOk, undefined],
    ['always', 'ok', { kind: 'unknown', message: 'x' } as const, undefined],
  ] as const)('%s, before %s', (policy, before, result, expected) => {
    expect(heartbeatOf(settings(policy), result, before, 7)).toEqual(expected);
  });
});

describe('ownHeartbeat', () => {
  const self = { ...identity, intervalSeconds: 30 };
  const queue = { waiting: 4, dropped: 0 };

  it('counts, and is not OK while probes themselves fail', () => {
    const counts = { probes: 3, ok: 2, notOk: 1, unknown: [] };
    expect(ownHeartbeat(self, counts, queue, 7)).toEqual({
      ...identity,
      timestamp: 7,
      interval: 30,
      meta: { probes: '3', ok: '2', notOk: '1', unknown: '0', waiting: '4', dropped: '0' },
    });
    const unknown = [
      { name: 'Orion', message: 'status 401' },
      { name: 'Cep', message: 'x' },
    ];
    expect(ownHeartbeat(self, { ...counts, unknown }, queue, 7)).toMatchObject({
      status: 'not_ok',
      message: 'unknown: Orion (status 401) and 1 more',
    });
  });
});
