import { describe, expect, it } from '@jest/globals';
import { readArguments } from '../../demo/arguments.ts';

describe('readArguments', () => {
  it('runs on the usual ports until it is ended', () => {
    expect(readArguments([])).toEqual({
      kind: 'run',
      arguments: {
        ports: { service: 8080, keystone: 5000, monasca: 8070 },
        hasIncidents: true,
      },
    });
  });

  it('takes every option', () => {
    const ports = ['--service-port', '0', '--keystone-port', '1', '--monasca-port', '65535'];
    const others = ['--for', '20s', '--keep-data', 'kept', '--no-incidents'];
    expect(readArguments([...ports, ...others])).toEqual({
      kind: 'run',
      arguments: {
        forSeconds: 20,
        keepDataIn: 'kept',
        ports: { service: 0, keystone: 1, monasca: 65_535 },
        hasIncidents: false,
      },
    });
  });

  it.each([
    ['20s', 20],
    ['90', 90],
    ['2m', 120],
    ['1.5m', 90],
    ['24h', 86_400],
  ])('understands --for %s', (text, forSeconds) => {
    expect(readArguments(['--for', text])).toMatchObject({ arguments: { forSeconds } });
  });

  it.each(['0', '-1s', 's', '20x', '1e3', '25h', ''])('refuses --for=%s', (text) => {
    expect(readArguments([`--for=${text}`])).toEqual({
      kind: 'wrong',
      problems: [expect.stringContaining('--for: expected a time such as 20s, 90 or 2m')],
    });
  });

  it('names every option that is wrong', () => {
    expect(readArguments(['--service-port', 'http', '--monasca-port', '65536'])).toEqual({
      kind: 'wrong',
      problems: [
        '--service-port: expected a port from 0 to 65535; got "http"',
        '--monasca-port: expected a port from 0 to 65535; got "65536"',
      ],
    });
  });

  it.each([['--colour'], ['extra'], ['--for']])('refuses %s', (...args) => {
    expect(readArguments(args)).toMatchObject({ kind: 'wrong' });
  });

  it('gives help before it complains', () => {
    expect(readArguments(['--help', '--for', 'ever'])).toEqual({ kind: 'help' });
  });
});
