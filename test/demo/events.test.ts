import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createEventBook, describeEvent } from '../../demo/events/book.ts';
import { followEvents } from '../../demo/events/follow.ts';
import { parseEvents, type SentEvent } from '../../demo/events/parse.ts';
import { cloudEvent } from '../../service/contract/cloud-event.ts';
import type { LivenessEvent } from '../../service/contract/event.ts';

const fact = (n: number, given: Partial<LivenessEvent> = {}): LivenessEvent => ({
  id: String(n).padStart(26, '0'),
  atMs: 1_790_000_000_000 + n,
  kind: 'late',
  subject: { name: 'Orion', version: '4.0.0', instance: `i${n}` },
  reason: 'No heartbeat for 2 s.',
  ...given,
});

describe('parseEvents', () => {
  it('reads type, data and id of each frame, and keeps what has only begun', () => {
    const text = ': hello\nid: 1\n\nid: 2\nevent: late\ndata: {"a":\ndata: 1}\n\nid: 3\ndata';
    expect(parseEvents(text, '0')).toEqual({
      events: [{ id: '2', type: 'late', data: '{"a":\n1}' }],
      lastEventId: '2',
      rest: 'id: 3\ndata',
    });
  });

  it('moves the position with frames that have nothing else, and leaves it without an id', () => {
    expect(parseEvents('id: 7\n\n', '3')).toEqual({ events: [], lastEventId: '7', rest: '' });
    expect(parseEvents('data:x\r\n\r\n', '3')).toEqual({
      events: [{ id: '3', type: 'message', data: 'x' }],
      lastEventId: '3',
      rest: '',
    });
  });

  it('gives the same however the text is cut', () => {
    const text = 'id: 1\nevent: a\ndata: x\n\n: alive\nid: 2\n\nid: 3\nevent: b\ndata: y:z\n\n';
    const whole = parseEvents(text, '');
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const events: SentEvent[] = [];
        let state = { rest: '', lastEventId: '' };
        for (const [index, from] of bounds.entries()) {
          const piece = text.slice(from, bounds[index + 1] ?? text.length);
          const parsed = parseEvents(state.rest + piece, state.lastEventId);
          events.push(...parsed.events);
          state = parsed;
        }
        expect(events).toEqual(whole.events);
        expect(state.lastEventId).toBe(whole.lastEventId);
      }),
    );
  });
});

describe('createEventBook', () => {
  it('counts by kind, and knows what was told of whom', () => {
    const book = createEventBook();
    expect(book.counts()).toEqual([]);
    for (const event of [fact(1), fact(2), fact(3, { kind: 'started' })]) {
      book.note(cloudEvent(event));
    }
    expect(book.counts()).toEqual([
      ['started', 1],
      ['late', 2],
    ]);
    expect([book.has('late', 'i2'), book.has('late', 'i3'), book.has('down', 'i2')]).toEqual([
      ...[true, false, false],
    ]);
  });
});

describe('describeEvent', () => {
  it('says of whom it speaks, and why', () => {
    expect(describeEvent(cloudEvent(fact(1)))).toBe('Orion 4.0.0 i1: No heartbeat for 2 s.');
    const ofAll = cloudEvent(fact(1, { kind: 'mass_outage', subject: undefined }));
    expect(describeEvent(ofAll)).toBe('No heartbeat for 2 s.');
  });
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('followEvents', () => {
  it('goes on behind the last event after each cut, and says once of each that it was', async () => {
    const asked: (string | undefined)[] = [];
    const started = createServer(({ headers }, response) => {
      asked.push(headers['last-event-id']?.toString());
      if (asked.length === 2 || asked.length === 3) {
        response.writeHead(503).end();
        return;
      }
      const event = cloudEvent(fact(asked.length));
      response.write(
        `id: ${event.id}\nevent: late\ndata: ${JSON.stringify(event)}\n\nid: half`,
        () => response.destroy(),
      );
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const address = started.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const told: string[] = [];
    const troubles: string[] = [];
    const following = followEvents(
      url,
      0,
      ({ id }) => void told.push(id),
      (reason) => void troubles.push(reason),
    );
    while (told.length < 2) await delay(10);
    await following.stop();
    expect(told).toEqual([fact(1).id, fact(4).id]);
    expect(asked.slice(0, 4)).toEqual([undefined, fact(1).id, fact(1).id, fact(1).id]);
    // Of one outage, however many attempts it lasts.
    expect(troubles[0]).toContain('terminated');
    expect(troubles.join()).not.toContain('503');
  });
});
