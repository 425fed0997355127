import { goNumber, readStrings } from './go-values.ts';

/** hbtd's parameters in their order, each with the flag that sets it. */
const flags = {
  Debug: 'debug',
  Nosm: 'nosm',
  Use_telemetry: 'use_telemetry',
  Telemetry_host: 'telemetry_host',
  Warntime: 'warntime',
  Errtime: 'errtime',
  Port: 'port',
  Kv_url: 'kv_url',
  Interval: 'interval',
  Sm_url: 'sm_url',
  Sm_timeout: 'sm_timeout',
  Sm_retries: 'sm_retries',
} as const;

export type ParameterName = keyof typeof flags;
const isName = (key: string): key is ParameterName => Object.hasOwn(flags, key);
export const parameterNames: readonly ParameterName[] = Object.keys(flags).filter(isName);

/** Numbers are digits, switches `0` or `1`. */
export type HbtdValues = Readonly<Record<ParameterName, string>>;

type Patched =
  | {
      readonly kind: 'changed';
      readonly values: HbtdValues;
      readonly changes: Partial<HbtdValues>;
    }
  /** All faults, in one line as in hbtd. */
  | { readonly kind: 'invalid'; readonly detail: string };

/** Applies the change in a body, all of it or nothing; empty texts change nothing. */
export function patchValues(
  current: HbtdValues,
  body: Buffer,
  fixed: ReadonlySet<ParameterName>,
): Patched {
  const read = readStrings(body, parameterNames);
  switch (read.kind) {
    case 'malformed':
      return { kind: 'invalid', detail: 'Invalid JSON data type' };
    case 'wrong-type':
      return {
        kind: 'invalid',
        detail: read.names.map((name) => `Invalid data type in ${name} field. `).join(''),
      };
    case 'strings': {
      const given = parameterNames
        .map((name) => [name, read.text(name)] as const)
        .filter(([, text]) => text !== '');
      return apply(current, given, fixed);
    }
  }
}

function apply(
  current: HbtdValues,
  given: readonly (readonly [ParameterName, string])[],
  fixed: ReadonlySet<ParameterName>,
): Patched {
  const faults: string[] = [];
  const changes: Partial<Record<ParameterName, string>> = {};
  for (const [name, text] of given.toSorted(([one], [other]) => placeOf(one) - placeOf(other))) {
    const reading = fixed.has(name) ? { fault: unchangeable } : readValue(name, text);
    if ('fault' in reading) faults.push(faultText(name, text, reading.fault));
    else changes[name] = reading.value;
  }
  if (faults.length > 0) return { kind: 'invalid', detail: faults.join('') };
  return { kind: 'changed', values: { ...current, ...changes }, changes };
}

/** hbtd checks Port behind Interval. */
const placeOf = (name: ParameterName): number =>
  name === 'Port' ? parameterNames.indexOf('Interval') + 0.5 : parameterNames.indexOf(name);

type Reading = { readonly value: string } | { readonly fault: string };

const unchangeable = 'unchangeable';

/** Most characters of a value in a sentence about it. */
const maxShown = 200;

/** hbtd's sentence, with a reason where hbtd has none. */
function faultText(name: ParameterName, text: string, fault: string): string {
  if (fault === unchangeable)
    return `Parameter '${flags[name]}' can't be changed in PATCH operation; `;
  const [what, why] = fault.split(': ');
  const given = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
  return `Parameter '${flags[name]}' with ${what} '${given}'${why === undefined ? '' : ` (${why})`}; `;
}

/** Longest text of a parameter: it is in the response to every query and in an event. */
const maxCharacters = 1_024;

/** The form in which the value of a text is shown, or what is wrong with it. */
export function readValue(name: ParameterName, text: string): Reading {
  if (text.length > maxCharacters) {
    return { fault: `illegal value: up to ${maxCharacters} characters are possible` };
  }
  switch (name) {
    case 'Debug':
    case 'Sm_retries':
      return readNumber(text, 0, 2 ** 32 - 1);
    case 'Warntime':
    case 'Errtime':
    case 'Interval':
      return readNumber(text, 1, tenYearsSeconds);
    case 'Sm_timeout':
      return readNumber(text, 1, 600);
    case 'Nosm':
      return readSwitch(text, 'illegal value');
    case 'Use_telemetry':
      return readSwitch(text, 'unknown value');
    case 'Telemetry_host':
      return isTelemetryHost(text) ? { value: text } : { fault: 'invalid format' };
    case 'Sm_url':
      return isAddress(text) ? { value: text } : { fault: `illegal value: ${addressNeeded}` };
    case 'Kv_url':
      return { value: text };
    case 'Port':
      return { fault: unchangeable };
  }
}

const tenYearsSeconds = 315_360_000;
const addressNeeded = 'an http or https address without a user is needed';

function readNumber(text: string, least: number, most: number): Reading {
  const number = text.length <= 40 ? goNumber(text) : undefined;
  if (number === undefined || number >= 2n ** 32n) return { fault: 'illegal value' };
  if (number < least || number > most) {
    return { fault: `illegal value: ${least} to ${most} is possible` };
  }
  return { value: String(number) };
}

function readSwitch(text: string, fault: string): Reading {
  const word = text.toLowerCase();
  if (['0', 'no', 'off', 'false'].includes(word)) return { value: '0' };
  return ['1', 'yes', 'on', 'true'].includes(word) ? { value: '1' } : { fault };
}

/** Host, port and topic; the port is any number of 64 bits, as in hbtd. */
function isTelemetryHost(text: string): boolean {
  const [, sign, digits = ''] = /^[^:]*:([+-]?)0*([0-9]{1,20}):[^:]*$/.exec(text) ?? [];
  return sign !== undefined && BigInt(digits) < 2n ** 63n + (sign === '-' ? 1n : 0n);
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
}
