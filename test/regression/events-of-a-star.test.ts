import { afterEach, describe, expect, it } from '@jest/globals';
import { type LocalService, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

let running: LocalService | undefined;
afterEach(() => running?.stop());

describe('An instance whose name is a pattern', () => {
  it('has only its own events, however many instances match the pattern', async () => {
    const service = await startService();
    running = service;
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
    await until(async () => (await logged()) > 251);

    const answer = await fetch(
      `${service.url}/api/v1/instances/Orion/1/${encodeURIComponent('a*')}?include=events`,
    );
    const events = [{ data: { kind: 'started', instance: 'a*' } }];
    expect(await answer.json()).toMatchObject({ events });
  });
});
