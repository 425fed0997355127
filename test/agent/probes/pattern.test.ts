import { describe, expect, it } from '@jest/globals';
import { createPattern, isPattern } from '../../../service/agent/probes/pattern.ts';

describe('createPattern', () => {
  it.each([
    ['svc', 'my-svc-1', true],
    ['^svc-1$', 'svc-1', true],
    ['^svc-1$', 'svc-10', false],
    ['', 'anything', true],
    ['SVC', 'svc', false],
    ['(?i)SVC', 'svc', true],
    ['(?P<id>\\d+)@host', 'a1@host', true],
    // Not in RE2.
    ['svc(?!-test)', 'svc-test', false],
    ['(.)\\1', 'aa', true],
  ])('%s searches in %s', (pattern, text, expected) => {
    expect(createPattern(pattern)(text)).toBe(expected);
  });

  it('takes linear time where backtracking takes years', () => {
    expect(createPattern('^(a+)+$')(`${'a'.repeat(60_000)}!`)).toBe(false);
  });

  it.each(['(', '[a', '*a', 'a{2,1}', '(?<name'])('rejects %s', (pattern) => {
    expect(isPattern(pattern)).toBe(false);
  });
});
