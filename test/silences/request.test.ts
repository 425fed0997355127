import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readSilence } from '../../service/silences/request.ts';

const nowMs = Date.UTC(2026, 0, 31, 12);
const request = {
  matchers: { name: 'Orion', version: '3.*' },
  durationSeconds: 3_600,
  reason: 'the database is moved',
  author: 'Ann',
};

describe('readSilence', () => {
  it('reads a silence from now on, for a time', () => {
    expect(readSilence(request, nowMs)).toEqual({
      kind: 'draft',
      draft: {
        matchers: { name: 'Orion', version: '3.*', instance: '*' },
        fromMs: nowMs,
        untilMs: nowMs + 3_600_000,
        reason: 'the database is moved',
        author: 'Ann',
      },
    });
  });

  it.each([
    ['2026-02-01T00:00:00Z', '2026-02-01T01:00:00+01:00'],
    [1_769_904_000, '2026-02-01T00:30:00Z'],
    ['1769904000000', 1_769_905_800_000],
  ])('takes the time from %j until %j', (from, until) => {
    const { durationSeconds: _, ...rest } = request;
    const reading = readSilence({ ...rest, from, until }, nowMs);
    const isEmpty = until === '2026-02-01T01:00:00+01:00';
    expect(reading).toMatchObject(
      isEmpty
        ? { kind: 'invalid', errors: [{ path: '$.until' }] }
        : { draft: { fromMs: 1_769_904_000_000, untilMs: 1_769_905_800_000 } },
    );
  });

  it.each([
    ['nothing', undefined, ['$']],
    ['a list', [request], ['$']],
    ['an empty object', {}, ['$.matchers', '$.reason', '$.author']],
    ['no matcher', { ...request, matchers: {} }, ['$.matchers']],
    ['stars alone', { ...request, matchers: { name: '*', version: '**' } }, ['$.matchers']],
    ['an empty pattern', { ...request, matchers: { name: '' } }, ['$.matchers.name']],
    ['null', { ...request, matchers: null, reason: null }, ['$.matchers', '$.reason']],
    ['an unknown matcher', { ...request, matchers: { nmae: 'x' } }, ['$.matchers.nmae']],
    ['an unknown field', { ...request, duration: '1h' }, ['$.duration']],
    ['no end', { ...request, durationSeconds: undefined }, ['$.until']],
    ['two ends', { ...request, until: '2026-02-01T00:00:00Z' }, ['$.durationSeconds']],
    ['no time', { ...request, from: 'tomorrow' }, ['$.from']],
    ['no duration', { ...request, durationSeconds: 0 }, ['$.durationSeconds']],
    ['half a second', { ...request, durationSeconds: 0.5 }, ['$.durationSeconds']],
    ['what is over', { ...request, from: '2026-01-31T10:00:00Z' }, ['$.until']],
    ['a time too far off', { ...request, from: '2040-01-01T00:00:00Z' }, ['$.until']],
    [
      'control characters',
      { ...request, author: 'a\nb', reason: '\u0000' },
      ['$.reason', '$.author'],
    ],
    ['too long a reason', { ...request, reason: 'x'.repeat(1_001) }, ['$.reason']],
  ])('refuses %s, by the fields at fault', (_, value, paths) => {
    const reading = readSilence(value, nowMs);
    expect(reading.kind === 'invalid' && reading.errors.map(({ path }) => path)).toEqual(paths);
  });

  it('silences everything if the request says so', () => {
    expect(readSilence({ ...request, matchers: {}, everything: true }, nowMs)).toMatchObject({
      draft: { matchers: { name: '*', version: '*', instance: '*' } },
    });
  });

  it('has a result for any value', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(request)));
    const any = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...Object.keys(request), 'from', 'until', '__proto__'), field),
      fc.record({
        matchers: fc.dictionary(fc.constantFrom('name', 'version', 'x'), field),
        from: field,
        until: field,
        reason: fc.constantFrom('r', ''),
        author: fc.constantFrom('a', 1),
      }),
    );
    fc.assert(
      fc.property(any, (value) => {
        const reading = readSilence(value, nowMs);
        if (reading.kind === 'draft') {
          expect(reading.draft.untilMs).toBeGreaterThan(reading.draft.fromMs);
          expect(reading.draft.untilMs).toBeGreaterThan(nowMs);
        } else {
          expect(reading.errors.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
