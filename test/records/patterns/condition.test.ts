import { describe, expect, it } from '@jest/globals';
import { createCondition } from '../../../service/records/patterns/condition.ts';

const any = {
  ...{ contains: undefined, regex: undefined, level: undefined },
  ...{ component: '*', instance: '*', logger: '*' },
};
const record = {
  ...{ name: 'backup', version: '1', instance: 'host1', receivedAtMs: 0, level: 30 },
  ...{ logger: 'backup.job', message: 'disk /dev/sda is 97 % full' },
};

describe('createCondition', () => {
  it.each([
    [{}, true],
    [{ contains: '97 %' }, true],
    [{ contains: 'DISK' }, false],
    [{ regex: 'is (9[5-9]|100) %' }, true],
    [{ regex: '^full' }, false],
    [{ level: 'warning' as const }, true],
    [{ level: 'error' as const }, false],
    [{ component: 'back*', instance: 'host?', logger: 'backup.*' }, true],
    [{ component: 'shop' }, false],
    [{ instance: 'host2' }, false],
    [{ logger: 'backup' }, false],
    [{ contains: 'disk', regex: 'sdb' }, false],
  ])('%j is fulfilled: %s', (given, expected) => {
    expect(createCondition({ ...any, ...given })(record)).toBe(expected);
  });

  it('takes a time that is linear in the message for an expression with nested repetitions', () => {
    const matches = createCondition({ ...any, regex: '^(a+)+$' });
    expect(matches({ ...record, message: `${'a'.repeat(5_000)}b` })).toBe(false);
  });
});
