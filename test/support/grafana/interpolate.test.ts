import { describe, expect, it } from '@jest/globals';
import { overview } from '../../../grafana/dashboards/overview.ts';
import { placeholder } from '../../../grafana/sources/names.ts';
import { type Choices, interpolate } from './interpolate.ts';

const range = { fromMs: 0, toMs: 3_600_000, intervalSeconds: 20, scrapeSeconds: 15 };
const filled = (text: string, choices: Choices = {}) => interpolate(text, overview, choices, range);

describe('interpolate', () => {
  it('inserts All unchanged', () => {
    expect(filled('x{name=~"$ge"}')).toBe('x{name=~".+"}');
    expect(filled(`/^(${placeholder('ge:regex')})$/`)).toBe('/^(.+)$/');
  });

  it('escapes selected values, and makes an alternative of several', () => {
    expect(filled('x{name=~"$ge"}', { ge: ['a.b'] })).toBe('x{name=~"a\\\\.b"}');
    expect(filled(`x{name=~"${placeholder('ge')}"}`, { ge: ['a', 'b'] })).toBe('x{name=~"(a|b)"}');
    expect(filled(`${placeholder('ge:regex')}`, { ge: ['a.b', 'c'] })).toBe('(a\\.b|c)');
    expect(filled(`${placeholder('ge:csv')} ${placeholder('ge:json')}`, { ge: ['a', 'b'] })).toBe(
      'a,b ["a","b"]',
    );
  });

  it('inserts time ranges', () => {
    expect(filled('[$__rate_interval] [$__range] $__interval')).toBe('[60s] [3600s] 20s');
    expect(filled(placeholder('__interval'))).toBe('20s');
    expect(
      filled(`${placeholder('__timeFrom:date:iso')}/${placeholder('__timeTo:date:iso')}`),
    ).toBe('1970-01-01T00:00:00.000Z/1970-01-01T01:00:00.000Z');
  });

  it('keeps text that is not a variable', () => {
    expect(filled('$count($d)')).toBe('$count($d)');
    expect(filled(`${placeholder('datasource')}`)).toBe('heartbeat-prometheus');
  });
});
