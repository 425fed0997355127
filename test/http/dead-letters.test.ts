import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStackSettings } from '../support/openstack-settings.ts';
import { freePort } from '../support/peer.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, startService } from '../support/service.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService({
    ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
    HEARTBEAT_STOP_DRAIN_SECONDS: '0',
  });
});
afterAll(() => service.stop());

describe('the dead letters', () => {
  it('are none at first', async () => {
    const answer = await exchange(service.port, requestText('GET', '/api/v1/dead-letters'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ destination: 'monasca', total: 0, deadLetters: [] });
  });

  it.each([
    ['destination', 'nowhere'],
    ['destination', ''],
    ['destination', 'constructor'],
    ['destination', '__proto__'],
    ['destination', 'toString'],
    ['destination', 'monasca&destination=monasca'],
    ['after', ''],
    ['after', '-1'],
    ['after', '1e3'],
    ['after', '1&after=2'],
    ['after', '99999999999999999999'],
    ['limit', '0'],
    ['limit', '1001'],
    ['limit', '1.5'],
    ['limit', '%zz'],
    ['limit', '%00'],
  ])('are not asked for by %s=%s', async (name, value) => {
    for (const [method, path] of [
      ['GET', '/api/v1/dead-letters'],
      ['POST', '/api/v1/dead-letters/retry'],
    ] as const) {
      const answer = await exchange(service.port, requestText(method, `${path}?${name}=${value}`));
      expect([method, answer.status]).toEqual([method, 400]);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'invalid-parameter',
        detail: expect.stringMatching(`^${name}: expected`),
      });
    }
  });
});
