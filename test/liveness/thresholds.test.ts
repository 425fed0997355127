import { describe, expect, it } from '@jest/globals';
import { livenessSection } from '../../service/config/sections/liveness.ts';
import {
  createRuleFinder,
  ThresholdTable,
  thresholdsOf,
} from '../../service/liveness/thresholds.ts';

const settings = { lateIntervals: 2, downIntervals: 4, lateSeconds: 120, downSeconds: 300 };
const seconds = { lateSeconds: 7, downSeconds: 9 };

describe('thresholdsOf', () => {
  it.each([
    ['the defaults, without an interval and a rule', 0, undefined, 120, 300],
    ['intervals, when one is declared', 10, undefined, 20, 40],
    ['fractions of a second', 1.5, undefined, 3, 6],
    ["the rule's seconds before a declared interval", 10, seconds, 7, 9],
    ["the rule's seconds before the defaults", 0, seconds, 7, 9],
    ['intervals, when the rule has no seconds', 10, {}, 20, 40],
    ['the defaults, when the rule has no seconds', 0, {}, 120, 300],
  ])('gives %s', (_, interval, rule, late, down) => {
    expect(thresholdsOf(interval, rule, settings)).toEqual({
      lateMs: late * 1_000,
      downMs: down * 1_000,
    });
  });
});

const rulesOf = (...rules: readonly Record<string, unknown>[]) =>
  livenessSection.parse({ rules }).rules;

describe('createRuleFinder', () => {
  const find = createRuleFinder(
    rulesOf(
      { name: 'Orion', version: '2.?', minInstances: 1 },
      { name: 'Orion', minInstances: 2 },
      { name: 'I*', version: '*-rc*', minInstances: 3 },
      { name: '*', version: '0.*', minInstances: 4 },
    ),
  );

  it.each([
    ['Orion', '2.1', 1],
    ['Orion', '2.10', 2],
    ['Orion', '0.1', 2],
    ['orion', '2.1', undefined],
    ['IDAS', '1-rc2', 3],
    ['IDAS', '1', undefined],
    ['IDAS', '0.9', 4],
    ['', '0.', 4],
  ])('finds for %s %s the first rule that matches', (name, version, least) => {
    expect(find({ name, version })?.minInstances).toBe(least);
  });
});

describe('ThresholdTable', () => {
  const components = ['Orion', 'IDAS', 'Cygnus'];
  const create = () =>
    new ThresholdTable(rulesOf({ name: 'IDAS', ...seconds }), settings, {
      component: () => 0,
      componentOf: (index) => ({ name: components[index] ?? '', version: '1' }),
      intervalSeconds: () => 0,
    });

  it('remembers what it gives, by component and interval', () => {
    const thresholds = create();
    expect(thresholds.of(0, 5)).toEqual({ lateMs: 10_000, downMs: 20_000 });
    expect(thresholds.of(0, 5)).toBe(thresholds.of(0, 5));
    expect(thresholds.of(1, 5)).toEqual({ lateMs: 7_000, downMs: 9_000 });
    expect(thresholds.rule(1)).toMatchObject(seconds);
    expect(thresholds.rule(2)).toBeUndefined();
    expect(thresholds.ofAny({ name: 'IDAS', version: 'x' }, 5)).toEqual(thresholds.of(1, 5));
  });

  it('is not filled up by intervals from the network', () => {
    const thresholds = create();
    const first = thresholds.of(0, 1);
    for (let interval = 2; interval < 1_000; interval++) {
      expect(thresholds.of(0, interval).lateMs).toBe(interval * 2_000);
    }
    expect(thresholds.of(0, 1)).toEqual(first);
    expect(thresholds.of(0, 1)).not.toBe(first);
  });

  it('forgets results when an index is given to another component, or the defaults change', () => {
    const thresholds = create();
    expect(thresholds.of(1, 0).lateMs).toBe(7_000);
    components[1] = 'Perseo';
    thresholds.forget(1);
    expect(thresholds.of(1, 0).lateMs).toBe(120_000);
    thresholds.changeDefaults({ ...settings, lateSeconds: 30 });
    expect(thresholds.of(1, 0).lateMs).toBe(30_000);
  });

  it('lets a profile set what no rule sets, and change it', () => {
    const thresholds = create();
    const ofVersion = (version: string, lateSeconds: number) => ({
      matches: (component: { version: string }) => component.version === version,
      lateSeconds,
      downSeconds: 2 * lateSeconds,
    });
    expect(thresholds.of(0, 5).lateMs).toBe(10_000);
    thresholds.changeProfiles([ofVersion('1', 50)]);
    expect(thresholds.of(0, 5)).toEqual({ lateMs: 50_000, downMs: 100_000 });
    expect(thresholds.ofAny({ name: 'IDAS', version: '1' }, 5).lateMs).toBe(7_000);
    expect(thresholds.ofAny({ name: 'new', version: '1' }, 5).lateMs).toBe(50_000);
    expect(thresholds.ofAny({ name: 'new', version: '2' }, 5).lateMs).toBe(10_000);
    thresholds.changeProfiles([ofVersion('2', 50), ofVersion('1', 60)]);
    expect(thresholds.of(0, 5).lateMs).toBe(60_000);
  });
});
