import { describe, expect, it } from '@jest/globals';
import { maintenanceSection } from '../../../service/config/sections/maintenance.ts';

const messagesOf = (cron: string) => {
  const window = { name: 'a', cron, durationSeconds: 60, everything: true, reason: 'a' };
  return maintenanceSection.safeParse([window]).error?.issues.map(({ message }) => message) ?? [];
};

describe('maintenanceSection', () => {
  it.each([
    '0 2 * * FRI-SUN',
    '0 2 * * 5-7',
    '0 2 1-7 * */7',
    '0 2 * JAN-MAR MON-FRI',
    '0 9-17 * * *',
  ])('accepts the cron expression %s', (cron) => {
    expect(messagesOf(cron)).toEqual([]);
  });

  it.each([
    ['0 2 * * FRI-MON', 'FRI-MON'],
    ['0 22-2 * * *', '22-2'],
    ['0 2 * nov-feb *', 'NOV-FEB'],
  ])('explains what is wrong with the range in %s', (cron, range) => {
    expect(messagesOf(cron)).toEqual([
      `a cron expression whose ranges ascend: ${range} is two, such as FRI-SAT,SUN-MON`,
    ]);
  });

  it('rejects other expressions', () => {
    expect(messagesOf('0 2 31 2 *')).toHaveLength(1);
    expect(messagesOf('every night')).toHaveLength(1);
  });
});
