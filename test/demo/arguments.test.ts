import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readArguments } from '../../demo/arguments.ts';

let err = '';
let out = '';
beforeEach(() => {
  [err, out] = ['', ''];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('readArguments', () => {
  it('runs on the usual port until it is interrupted', () => {
    const forSeconds = Number.POSITIVE_INFINITY;
    expect(readArguments([])).toEqual({ forSeconds, port: 8080, hasIncidents: true });
  });

  it('takes every option', () => {
    const args = ['--for', '20s', '--port', '65535', '--keep-data', 'kept', '--no-incidents'];
    expect(readArguments(args)).toEqual({
      forSeconds: 20,
      port: 65_535,
      keepData: 'kept',
      hasIncidents: false,
    });
  });

  it.each([
    ['20s', 20],
    ['90', 90],
    ['2m', 120],
    ['1.5m', 90],
    ['24h', 86_400],
  ])('understands --for %s', (text, forSeconds) => {
    expect(readArguments(['--for', text])).toMatchObject({ forSeconds });
  });

  it.each(['0', '-1s', 's', '20x', '1e3', '25h', ''])('rejects --for=%s', (text) => {
    expect(() => readArguments([`--for=${text}`])).toThrow('Expected a time such as 20s, 90 or 2m');
    expect(err).toContain(`argument '${text}' is invalid`);
  });

  it.each(['http', '65536', '-1', ''])('rejects --port=%s', (text) => {
    expect(() => readArguments([`--port=${text}`])).toThrow('Expected a port from 0 to 65535.');
  });

  it.each([['--colour'], ['extra'], ['--for']])('rejects %s and prints the help', (...args) => {
    expect(() => readArguments(args)).toThrow('error: ');
    expect(err).toContain('Usage: npm run demo -- [options]');
  });

  it('prints help', () => {
    expect(() => readArguments(['--help'])).toThrow('outputHelp');
    expect(out).toContain('Usage: npm run demo -- [options]');
    expect(err).toBe('');
  });
});
