import { describe, expect, it } from '@jest/globals';
import type { Component, Identity } from '../../service/contract/instance.ts';
import { createCover } from '../../service/silences/silence.ts';

const instance: Identity = { name: 'Orion', version: '1.0', instance: 'a-prod' };
const component: Component = { name: 'Orion', version: '1.0' };

describe('createCover', () => {
  it.each([
    ['*', true, true],
    ['**', true, true],
    ['a-prod', true, false],
    ['*-prod', true, false],
    ['*-test', false, false],
    ['**-test', false, false],
    ['a-*', true, false],
    ['?*', true, false],
  ])('with the instance %j covers an instance: %j, and its component: %j', (pattern, one, all) => {
    const covers = createCover({ name: 'Orion', version: '*', instance: pattern });
    expect([covers(instance), covers(component)]).toEqual([one, all]);
  });

  it('covers only the name and the version that it matches', () => {
    for (const matchers of [
      { name: 'IDAS', version: '*', instance: '*' },
      { name: 'Orion', version: '2.*', instance: '*' },
    ]) {
      const covers = createCover(matchers);
      expect([covers(instance), covers(component)]).toEqual([false, false]);
    }
  });
});
