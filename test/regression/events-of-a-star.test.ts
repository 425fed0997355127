import { describe, expect, it } from '@jest/globals';
import { startService } from '../support/service.ts';

describe('an instance that is called like a pattern', () => {
  it('has its own events, however many others the pattern fits', async () => {
    const service = await startService();
    const send = (heartbeats: object) =>
      fetch(`${service.url}/api/v1/heartbeats`, {
        method: 'POST',
        body: JSON.stringify(heartbeats),
      });
    await send({ name: 'Orion', version: '1', instance: 'a*' });
    await send(
      Array.from({ length: 250 }, (_, n) => ({ name: 'Orion', version: '1', instance: `a${n}` })),
    );
    const logged = async () =>
      (await (await fetch(`${service.url}/api/v1/events?format=ndjson`)).text()).split('\n').length;
    while ((await logged()) <= 251) await new Promise((next) => setImmediate(next));

    const answer = await fetch(
      `${service.url}/api/v1/instances/Orion/1/${encodeURIComponent('a*')}?include=events`,
    );
    const told = await answer.json();
    await service.stop();
    const events = [{ data: { kind: 'started', instance: 'a*' } }];
    expect(told).toMatchObject({ events });
  });
});
