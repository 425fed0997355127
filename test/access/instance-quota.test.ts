import { describe, expect, it } from '@jest/globals';
import { createInstanceQuota } from '../../service/access/instance-quota.ts';

const hour = 3_600_000;

function createFixture(saved?: string) {
  let nowMs = 0;
  const known = new Set<string>();
  const quota = createInstanceQuota({
    isKnown: ({ instance }) => known.has(instance),
    refillMs: 10 * hour,
    now: () => nowMs,
    saved,
  });
  const allows = (instance: string, name = 'fleet') =>
    quota.allows(name, { name: 'Orion', version: '1', instance }, 10);
  const bring = (count: number, prefix = 'i') =>
    Array.from({ length: count }, (_, n) => allows(`${prefix}${n}`)).filter(Boolean).length;
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { quota, known, allows, bring, pass };
}

describe('createInstanceQuota', () => {
  it('allows each name its own quota of new instances', () => {
    const { allows, bring } = createFixture();
    expect(bring(50)).toBe(10);
    expect(allows('another')).toBe(false);
    expect(allows('another', 'others')).toBe(true);
  });

  it('counts an instance once, also before it is known', () => {
    const { bring, allows } = createFixture();
    for (let n = 0; n < 100; n++) expect(allows('same')).toBe(true);
    expect(bring(50)).toBe(9);
  });

  it('forgets the oldest of the instances that it allowed, when there are very many', () => {
    const quota = createInstanceQuota({
      ...{ isKnown: () => false, refillMs: 10 * hour, now: () => 0, saved: undefined },
    });
    const max = 60_001;
    const allows = (instance: string) =>
      quota.allows('fleet', { name: 'Orion', version: '1', instance }, max);
    // Two generations of 20,000 are remembered: the last ones and those before them.
    const all = Array.from({ length: max }, (_, n) => allows(`i${n}`));
    expect(all.includes(false)).toBe(false);
    expect([allows('i60000'), allows('i40000'), allows('i20001')]).toEqual([true, true, false]);
  });

  it('does not count known instances, and allows them when the quota is used', () => {
    const { known, allows, bring } = createFixture();
    for (let n = 0; n < 100; n++) known.add(`old${n}`);
    expect(bring(100, 'old')).toBe(100);
    expect(bring(50)).toBe(10);
    expect(allows('old7')).toBe(true);
  });

  it('refills within the time after which instances are forgotten', () => {
    const { bring, pass } = createFixture();
    expect(bring(50, 'a')).toBe(10);
    pass(hour);
    expect(bring(50, 'b')).toBe(1);
    pass(10 * hour);
    expect(bring(50, 'c')).toBe(10);
    pass(1_000 * hour);
    expect(bring(50, 'd')).toBe(10);
  });

  it('is kept from one start to the next', () => {
    const before = createFixture();
    expect(before.bring(8)).toBe(8);
    const after = createFixture(before.quota.text());
    expect(after.bring(50, 'new')).toBe(2);
    after.pass(20 * hour);
    // A token without instances is not stored.
    expect(after.quota.text()).toBe('{}');
  });
});
