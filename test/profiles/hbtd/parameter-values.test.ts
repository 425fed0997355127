import { describe, expect, it } from '@jest/globals';
import {
  type HbtdValues,
  type ParameterName,
  parameterNames,
  patchValues,
} from '../../../service/profiles/hbtd/parameter-values.ts';

const defaults: HbtdValues = {
  Debug: '0',
  Nosm: '0',
  Use_telemetry: '1',
  Telemetry_host: '',
  Warntime: '10',
  Errtime: '30',
  Port: '28500',
  Kv_url: '',
  Interval: '5',
  Sm_url: '',
  Sm_timeout: '10',
  Sm_retries: '3',
};

const patch = (change: unknown, fixed: ParameterName[] = ['Port']) =>
  patchValues(defaults, Buffer.from(JSON.stringify(change)), new Set(fixed));

describe('patchValues', () => {
  it('knows twelve, in the order in which they are shown', () => {
    expect(parameterNames.join()).toBe(
      'Debug,Nosm,Use_telemetry,Telemetry_host,Warntime,Errtime,Port,Kv_url,Interval,Sm_url,Sm_timeout,Sm_retries',
    );
  });

  it.each([
    [{ Warntime: '20' }, { Warntime: '20' }],
    [{ warntime: '0x10' }, { Warntime: '16' }],
    [{ WARNTIME: '010' }, { Warntime: '8' }],
    [
      { Errtime: '60', Warntime: '35' },
      { Errtime: '60', Warntime: '35' },
    ],
    [{ Warntime: '35' }, { Warntime: '35' }],
    [{ Errtime: '5' }, { Errtime: '5' }],
    [{ Interval: '1' }, { Interval: '1' }],
    [{ Debug: '4294967295' }, { Debug: '4294967295' }],
    [{ Sm_retries: '0' }, { Sm_retries: '0' }],
    [{ Sm_timeout: '7' }, { Sm_timeout: '7' }],
    [{ Nosm: 'Yes' }, { Nosm: '1' }],
    [{ Nosm: 'oFF' }, { Nosm: '0' }],
    [{ Use_telemetry: 'FALSE' }, { Use_telemetry: '0' }],
    [{ Use_telemetry: 'on' }, { Use_telemetry: '1' }],
    [{ Telemetry_host: 'kafka:9092:beats' }, { Telemetry_host: 'kafka:9092:beats' }],
    [{ Kv_url: 'mem:' }, { Kv_url: 'mem:' }],
    [{ Sm_url: 'https://hsm/v2' }, { Sm_url: 'https://hsm/v2' }],
    [{ Warntime: '', Port: '' }, {}],
    [{ unknown: 'x', other: 1 }, {}],
    [{}, {}],
    [null, {}],
  ])('takes %j', (change, changes) => {
    expect(patch(change)).toEqual({
      kind: 'changed',
      changes,
      values: { ...defaults, ...changes },
    });
  });

  it.each([
    [{ Warntime: 'ten' }, "Parameter 'warntime' with illegal value 'ten'; "],
    [{ Warntime: '-1' }, "Parameter 'warntime' with illegal value '-1'; "],
    [{ Debug: '4294967296' }, "Parameter 'debug' with illegal value '4294967296'; "],
    [{ Errtime: '08' }, "Parameter 'errtime' with illegal value '08'; "],
    [{ Sm_retries: '1.5' }, "Parameter 'sm_retries' with illegal value '1.5'; "],
    [{ Nosm: 'perhaps' }, "Parameter 'nosm' with illegal value 'perhaps'; "],
    [{ Use_telemetry: '2' }, "Parameter 'use_telemetry' with unknown value '2'; "],
    [{ Telemetry_host: 'kafka' }, "Parameter 'telemetry_host' with invalid format 'kafka'; "],
    [{ Telemetry_host: 'a:b:c' }, "Parameter 'telemetry_host' with invalid format 'a:b:c'; "],
    [{ Port: '28500' }, "Parameter 'port' can't be changed in PATCH operation; "],
    [
      { Interval: '0' },
      "Parameter 'interval' with illegal value '0' (1 to 315360000 is possible); ",
    ],
    [
      { Telemetry_host: 'kafka:9223372036854775808:t' },
      "Parameter 'telemetry_host' with invalid format 'kafka:9223372036854775808:t'; ",
    ],
    [
      { Port: '1', Interval: 'x' },
      "Parameter 'interval' with illegal value 'x'; Parameter 'port' can't be changed in PATCH operation; ",
    ],
    [
      { Sm_url: 'hsm' },
      "Parameter 'sm_url' with illegal value 'hsm' (an http or https address without a user is needed); ",
    ],
    [
      { Port: '1', Warntime: 'x', Nosm: 'y' },
      "Parameter 'nosm' with illegal value 'y'; Parameter 'warntime' with illegal value 'x'; " +
        "Parameter 'port' can't be changed in PATCH operation; ",
    ],
    ...['Kv_url', 'Sm_url', 'Telemetry_host'].map((name): [object, string] => [
      { [name]: `http://h:1:${'k'.repeat(100_000)}` },
      `Parameter '${name.toLowerCase()}' with illegal value 'http://h:1:${'k'.repeat(189)}…' (up to 1024 characters are possible); `,
    ]),
    [{ Warntime: 20 }, 'Invalid data type in Warntime field. '],
    [
      { errtime: null, Warntime: true, Debug: [] },
      'Invalid data type in Debug field. Invalid data type in Warntime field. ',
    ],
    [[], 'Invalid JSON data type'],
  ])('refuses %j', (change, detail) => {
    expect(patch(change)).toEqual({ kind: 'invalid', detail });
  });

  it('takes nothing of a change that is wrong in part', () => {
    expect(patch({ Warntime: '20', Interval: '0' })).toMatchObject({ kind: 'invalid' });
  });

  it('leaves to others what others decide', () => {
    const detail = "Parameter 'sm_url' can't be changed in PATCH operation; ";
    expect(patch({ Sm_url: 'http://hsm' }, ['Sm_url'])).toEqual({ kind: 'invalid', detail });
  });
});
