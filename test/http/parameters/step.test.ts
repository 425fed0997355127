import { describe, expect, it } from '@jest/globals';
import { parseStep } from '../../../service/http/parameters/step.ts';
import type { Step } from '../../../service/query/active/steps.ts';

const hour = 3_600_000;

describe('parseStep', () => {
  it.each<[string, Step]>([
    ['1s', { unit: 'ms', count: 1_000 }],
    ['15m', { unit: 'ms', count: 900_000 }],
    ['1h', { unit: 'ms', count: hour }],
    ['24h', { unit: 'days', count: 1 }],
    ['172800s', { unit: 'days', count: 2 }],
    ['1d', { unit: 'days', count: 1 }],
    ['2w', { unit: 'weeks', count: 2 }],
    ['1mo', { unit: 'months', count: 1 }],
    ['12mo', { unit: 'months', count: 12 }],
  ])('reads %j', (text, step) => expect(parseStep(text)).toEqual(step));

  it.each([
    '',
    '1',
    'h',
    '0h',
    '-1h',
    '1.5h',
    '01h',
    '1y',
    '1H',
    '36h',
    '1000001d',
    '99999999999s',
  ])('does not take %j for a step', (text) => expect(parseStep(text)).toBeUndefined());
});
