import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from '../../../service/runtime/http/retry-after.ts';

const nowMs = Date.UTC(2026, 10, 20, 8, 0, 0);
const of = (value: string, date?: string) =>
  retryAfterMs({ 'retry-after': value, ...(date === undefined ? {} : { date }) }, nowMs);

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(of('60')).toBe(60_000);
    expect(of(' 0 ')).toBe(0);
  });

  it('reads a date, against our clock where the answer has no date of its own', () => {
    expect(of('Fri, 20 Nov 2026 08:00:30 GMT')).toBe(30_000);
  });

  it("reads a date against the answer's own, however wrong that is", () => {
    expect(of('Fri, 20 Nov 2026 11:00:30 GMT', 'Fri, 20 Nov 2026 11:00:00 GMT')).toBe(30_000);
  });

  it('reads the two older forms of a date', () => {
    expect(of('Friday, 20-Nov-26 08:01:00 GMT')).toBe(60_000);
    expect(of('Fri Nov 20 08:01:00 2026')).toBe(60_000);
  });

  it('takes a date that is over as no wait', () => {
    expect(of('Fri, 20 Nov 2026 07:00:00 GMT')).toBe(0);
  });

  it('is at most an hour', () => {
    expect(of('86400')).toBe(3_600_000);
    expect(of('99999999999999999999999999999')).toBe(3_600_000);
    expect(of('Sun, 22 Nov 2026 07:00:00 GMT')).toBe(3_600_000);
  });

  it.each(['', 'soon', '-5', '1.5', '2026-11-20T08:00:30Z', 'Fri, never'])(
    'makes nothing of %j',
    (value) => {
      expect(of(value)).toBeUndefined();
    },
  );

  it('makes nothing of an answer without it', () => {
    expect(retryAfterMs({}, nowMs)).toBeUndefined();
  });
});
