import { describe, expect, it } from '@jest/globals';
import { formatTime } from '../../service/query/format-time.ts';

const nowMs = Date.UTC(2026, 0, 31, 12);

describe('formatTime', () => {
  it('has the offset of the time zone at that time', () => {
    expect(formatTime(nowMs, 'UTC')).toBe('2026-01-31T12:00:00.000Z');
    expect(formatTime(nowMs, 'Europe/Zurich')).toBe('2026-01-31T13:00:00.000+01:00');
  });
});
