import { describe, expect, it } from '@jest/globals';
import { describeEvent, describeNotification, PrintedEvents } from '../../demo/event-log.ts';
import { cloudEvent } from '../../service/contract/cloud-event.ts';
import { anEvent } from '../support/events.ts';

const id = (n: number) => String(n).padStart(26, '0');
const event = (n: number, given: Parameters<typeof anEvent>[0] = {}) =>
  cloudEvent(anEvent({ id: id(n), ...given }));

const line = (n: number, remark = 'signed') =>
  `00:00:00 down       Orion 1.0 i-1: no heartbeat for 301 s  (${remark}, ${id(n)})`;

describe('PrintedEvents', () => {
  it('counts events by kind, of one instance and of all', () => {
    const log = new PrintedEvents();
    expect(log.counts()).toEqual([]);
    log.addEvent(event(1));
    log.addEvent(event(2));
    log.addEvent(event(3, { kind: 'started' }));
    expect(log.counts()).toEqual([
      ['started', 1],
      ['down', 2],
    ]);
    expect(log.count('down', 'i-1')).toBe(2);
    expect(log.count('down', 'i-2')).toBe(0);
    expect(log.count('late', 'i-1')).toBe(0);
  });

  it('compares the notifications with the events that must lead to one', () => {
    const log = new PrintedEvents();
    log.addEvent(event(1));
    log.addEvent(event(2));
    log.addEvent(event(3, { silencedBy: 'a silence' }));
    log.addEvent(event(4, { kind: 'started' }));
    for (const one of [line(1), line(1, 'signed, again'), 'rejected: bad signature']) {
      log.addNotification(one);
    }
    const counts = { received: 1, rejected: 1, duplicates: 1, missing: 1, silenced: 1 };
    expect(log.notifications()).toEqual(counts);
    log.addNotification(line(2));
    expect(log.notifications()).toEqual({ ...counts, received: 2, missing: 0 });
  });
});

describe('describeEvent', () => {
  it('names the subject, if there is one, the reason, and whether it is silenced', () => {
    expect(describeEvent(event(1))).toBe('Orion 1.0 i-1: no heartbeat for 301 s');
    expect(describeEvent(event(1, { subject: undefined }))).toBe('no heartbeat for 301 s');
    expect(describeEvent(event(1, { silencedBy: 'a silence' }))).toMatch(/ \(silenced\)$/);
  });
});

describe('describeNotification', () => {
  it('leaves out what the event says already', () => {
    expect(describeNotification(line(1))).toBe('down Orion 1.0 i-1 (signed)');
    expect(describeNotification('rejected: unsigned')).toBe('rejected: unsigned');
  });
});
