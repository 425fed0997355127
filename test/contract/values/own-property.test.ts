import { describe, expect, it } from '@jest/globals';
import { ownProperty } from '../../../service/contract/values/own-property.ts';

describe('ownProperty', () => {
  it('is the value of a property of the object', () => {
    expect(ownProperty({ name: 'Orion' }, 'name')).toBe('Orion');
    expect(ownProperty(['Orion'], 0)).toBe('Orion');
  });

  it.each(['constructor', 'toString', '__proto__', 'missing'])('is undefined for %s', (key) => {
    expect(ownProperty({ name: 'Orion' }, key)).toBeUndefined();
  });

  it.each([undefined, null, 'text', 5])('is undefined for %p, which is no object', (value) => {
    expect(ownProperty(value, 'length')).toBeUndefined();
  });
});
