import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventKind, LivenessEvent } from '../../service/contract/event.ts';
import { digestOf } from '../../service/notify/digest.ts';
import { anEvent, anyEvent } from '../support/events.ts';

const of = (
  kind: EventKind,
  instance?: string,
  name = 'Orion',
  fields: Partial<LivenessEvent> = {},
) =>
  anEvent({
    kind,
    subject: { name, version: '1.0', ...(instance === undefined ? {} : { instance }) },
    ...fields,
  });
const title = (...events: LivenessEvent[]) => digestOf(events).title;

describe('digestOf, the title', () => {
  it('names the one instance', () => {
    expect(title(of('down', 'i-1'))).toBe('DOWN: Orion 1.0 i-1');
    expect(title(of('recovered', 'i-1'))).toBe('RESOLVED: Orion 1.0 i-1');
  });

  it('counts the instances of a component', () => {
    const three = ['i-1', 'i-2', 'i-3'];
    expect(title(...three.map((one) => of('down', one)))).toBe('DOWN: Orion 1.0 (3 instances)');
    expect(title(...three.map((one) => of('down', one)), of('component.down'))).toBe(
      'DOWN: Orion 1.0 (3 instances)',
    );
  });

  it('says what is worst at the end', () => {
    expect(title(of('down', 'i-1'), of('recovered', 'i-1'))).toBe('RESOLVED: Orion 1.0 i-1');
    expect(title(of('recovered', 'i-1'), of('down', 'i-2'), of('late', 'i-3'))).toBe(
      'DOWN: Orion 1.0 i-2',
    );
    expect(title(of('late', 'i-1'), of('down', 'i-1'))).toBe('DOWN: Orion 1.0 i-1');
    expect(title(of('component.degraded'), of('late', 'i-1'))).toBe('DEGRADED: Orion 1.0');
  });

  it('knows in which state one is that has become calm', () => {
    expect(title(of('calm', 'i-1', 'Orion', { state: 'down' }))).toBe('DOWN: Orion 1.0 i-1');
    expect(title(of('calm', 'i-1', 'Orion', { state: 'late' }))).toBe('LATE: Orion 1.0 i-1');
    expect(title(of('calm', 'i-1', 'Orion', { state: 'up' }))).toBe('RESOLVED: Orion 1.0 i-1');
  });

  it('names three components, and counts the others', () => {
    const names = ['Orion', 'Perseo', 'Cygnus', 'Keyrock', 'Wilma'];
    expect(title(...names.map((name) => of('component.down', undefined, name)))).toBe(
      'DOWN: Orion 1.0, Perseo 1.0, Cygnus 1.0 and 2 more',
    );
  });

  it('puts what concerns all before what concerns some', () => {
    const outage = anEvent({
      kind: 'mass_outage',
      subject: undefined,
      data: { absent: 40, wereUp: 50 },
    });
    expect(title(of('down', 'i-1'), outage)).toBe('MASS OUTAGE: 40 of 50 instances');
    const ended = anEvent({ kind: 'mass_outage.ended', subject: undefined });
    expect(title(outage, ended)).toBe('RESOLVED: mass outage');
    expect(title(anEvent({ kind: 'params.changed', subject: undefined }))).toBe(
      'PARAMETERS CHANGED',
    );
  });

  it('keeps long names short', () => {
    expect(title(of('down', 'i'.repeat(255), 'N'.repeat(255))).length).toBeLessThan(110);
  });
});

describe('digestOf', () => {
  it('has a line for each event, in order', () => {
    const { lines } = digestOf([of('late', 'i-1'), of('component.recovered')]);
    expect(lines).toMatchObject([
      {
        component: 'Orion 1.0',
        instance: 'i-1',
        status: { label: 'LATE', tone: 'warning' },
        reason: 'no heartbeat for 301 s',
        time: '2026-01-01 00:00:00 UTC',
      },
      { component: 'Orion 1.0', status: { label: 'RESOLVED', tone: 'good' } },
    ]);
  });

  it('has words for every event, on one line each', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 5 }), (events) => {
        const { title, lines } = digestOf(events);
        const texts = lines.flatMap(({ component, instance, reason, time }) => [
          component,
          reason,
          time,
          ...(instance === undefined ? [] : [instance]),
        ]);
        for (const text of [title, ...texts]) {
          expect(text).toMatch(/^\P{Cc}+$/u);
          expect(text.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});
