import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { followEvents } from '../../demo/follow-events.ts';
import { cloudEvent } from '../../service/contract/cloud-event.ts';
import type { LivenessEvent } from '../../service/contract/event.ts';

const event = (n: number, given: Partial<LivenessEvent> = {}): LivenessEvent => ({
  id: String(n).padStart(26, '0'),
  atMs: 1_790_000_000_000 + n,
  kind: 'late',
  subject: { name: 'Orion', version: '4.0.0', instance: `i${n}` },
  reason: 'No heartbeat for 2 s.',
  ...given,
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('followEvents', () => {
  it('resumes after the last event, and reports an interruption once', async () => {
    const lastEventIds: (string | undefined)[] = [];
    const started = createServer(({ headers }, response) => {
      lastEventIds.push(headers['last-event-id']?.toString());
      if (lastEventIds.length === 2 || lastEventIds.length === 3) {
        response.writeHead(503).end();
        return;
      }
      const sent = cloudEvent(event(lastEventIds.length));
      response.write(`id: ${sent.id}\nevent: late\ndata: ${JSON.stringify(sent)}\n\nid: half`, () =>
        response.destroy(),
      );
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const address = started.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const ids: string[] = [];
    const problems: string[] = [];
    const life = new AbortController();
    const following = followEvents(
      url,
      0,
      ({ id }) => void ids.push(id),
      (_, problem) => void problems.push(problem),
      life.signal,
    );
    while (ids.length < 2) await delay(10);
    life.abort();
    await following;
    expect(ids).toEqual([event(1).id, event(4).id]);
    expect(lastEventIds.slice(0, 4)).toEqual([undefined, event(1).id, event(1).id, event(1).id]);
    // One problem, however many attempts fail.
    expect(problems[0]).toContain('terminated');
    expect(problems.join()).not.toContain('503');
  });
});
