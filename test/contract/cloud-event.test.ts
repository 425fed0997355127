import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CloudEvent,
  cloudEvent,
  cloudEventSchema,
} from '../../service/contract/cloud-event.ts';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { anEvent, anyEvent } from '../support/events.ts';

/** The rules of the specification for the attributes and their JSON. */
const rules: readonly [string, (event: Readonly<Record<string, unknown>>) => boolean][] = [
  [
    'names are lower-case letters and digits',
    (e) => Object.keys(e).every((k) => /^[a-z0-9]+$/.test(k)),
  ],
  [
    'no attribute is null or an object',
    ({ data: _, ...attributes }) =>
      Object.values(attributes).every((value) => typeof value === 'string'),
  ],
  ['specversion is 1.0', (e) => e['specversion'] === '1.0'],
  ['id is a text that is not empty', (e) => isText(e['id'])],
  [
    'source is a URI reference',
    (e) => isText(e['source']) && URL.canParse(e['source'], 'http://x/'),
  ],
  [
    'type is a text that begins with a reversed domain',
    (e) => isText(e['type']) && e['type'].startsWith('org.fiware.'),
  ],
  [
    'time is RFC 3339',
    (e) => isText(e['time']) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(e['time']),
  ],
  [
    'subject is absent, or a text that is not empty',
    (e) => !('subject' in e) || isText(e['subject']),
  ],
  ['datacontenttype is a media type', (e) => e['datacontenttype'] === 'application/json'],
  [
    'no text has control characters or halves of pairs',
    ({ data: _, ...attributes }) =>
      Object.values(attributes).every((value) => isText(value) && isClean(value)),
  ],
  ['data is JSON, not text that holds JSON', (e) => typeof e['data'] === 'object'],
  ['data is not there in two ways', (e) => !('data_base64' in e)],
];

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isClean = (text: string) => !/\p{Cc}/u.test(text) && text.isWellFormed();

const onTheWire = (event: LivenessEvent, source?: string): CloudEvent =>
  JSON.parse(JSON.stringify(cloudEvent(event, source)));

describe('cloudEvent', () => {
  it('keeps to every rule of CloudEvents 1.0, and to its own schema', () => {
    const strange = fc.string({ unit: 'binary', minLength: 1 });
    const subject = fc.record({ name: strange, version: strange, instance: strange });
    const any = fc
      .tuple(anyEvent, fc.option(subject, { nil: undefined }))
      .map(([event, other]) => (other ? { ...event, subject: other } : event));
    fc.assert(
      fc.property(any, (event) => {
        const written = onTheWire(event);
        expect(rules.filter(([, holds]) => !holds(written)).map(([rule]) => rule)).toEqual([]);
        expect(cloudEventSchema.parse(written)).toEqual(written);
      }),
    );
  });

  it('has every known property of an instance', () => {
    const id = '01ARYZ6S41TSV4RRFFQ69G5FAV';
    const subject = { name: 'Orion LD', version: '1/2', instance: 'ä' };
    expect(onTheWire(anEvent({ id, atMs: 1_469_918_176_385, subject }), '/heartbeat/eu')).toEqual({
      specversion: '1.0',
      id,
      source: '/heartbeat/eu',
      type: 'org.fiware.ge-heartbeat.down',
      time: '2016-07-30T22:36:16.385Z',
      subject: 'Orion%20LD/1%2F2/%C3%A4',
      datacontenttype: 'application/json',
      data: {
        kind: 'down',
        ...subject,
        state: 'down',
        previous: 'late',
        ageSeconds: 301,
        lateSeconds: 120,
        downSeconds: 300,
        reason: 'no heartbeat for 301 s',
      },
    });
  });

  it('has the component as its subject, or nothing, where no instance is meant', () => {
    const component = { name: 'Orion', version: '1.0' };
    expect(cloudEvent(anEvent({ kind: 'component.down', subject: component })).subject).toBe(
      'Orion/1.0',
    );
    const silence = { id: 'x', atMs: 0, kind: 'mass_outage', subject: undefined } as const;
    expect(cloudEvent({ ...silence, reason: 'many', data: { count: 3 } })).toEqual({
      specversion: '1.0',
      id: 'x',
      source: '/ge-heartbeat',
      type: 'org.fiware.ge-heartbeat.mass_outage',
      time: '1970-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      data: { kind: 'mass_outage', reason: 'many', details: { count: 3 } },
    });
  });

  it('says by which silence it is silenced', () => {
    const { data } = cloudEvent(anEvent({ silencedBy: 'maintenance.nightly' }));
    expect(data.silencedBy).toBe('maintenance.nightly');
    expect(cloudEvent(anEvent()).data).not.toHaveProperty('silencedBy');
  });

  it('brings back the parts of a subject', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, text, (name, version, instance) => {
        const { subject = '' } = cloudEvent(anEvent({ subject: { name, version, instance } }));
        expect(subject.split('/').map(decodeURIComponent)).toEqual([name, version, instance]);
      }),
    );
  });
});

describe('cloudEventSchema', () => {
  it.each([
    { specversion: '0.3' },
    { id: '' },
    { type: 'org.fiware.ge-heartbeat.exploded' },
    { time: 'yesterday' },
    { subject: '' },
    { data: { kind: 'down' } },
    { unknown: 'x' },
  ])('refuses %j', (change) => {
    expect(cloudEventSchema.safeParse({ ...cloudEvent(anEvent()), ...change }).success).toBe(false);
  });
});
