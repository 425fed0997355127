import { type Heartbeat, heartbeatLimits, minSkewMs } from '../contract/heartbeat.ts';
import type { FieldError } from '../contract/problem.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { parseTimestamp, timestampExpected } from '../contract/values/timestamp.ts';

/**
 * Result of checking a JSON value. It is checked by hand and not by a schema library, because in
 * batches the check is a good part of the cost of a heartbeat.
 */
export type HeartbeatCheck =
  | { readonly kind: 'valid'; readonly heartbeat: Heartbeat; readonly isSkewed: boolean }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

export type Receipt = {
  readonly receivedAtMs: number;
  /** A timestamp further ahead means that the emitter's clock is wrong. */
  readonly maxFutureMs: number;
  /** The heartbeat came through a message broker, where it may have waited. */
  readonly relayed?: Relayed | undefined;
};

export type Relayed = {
  /** Time of the message, for heartbeats without a time of their own. */
  readonly timestampMs?: number | undefined;
};

const { identityCharacters, messageCharacters, intervalSeconds } = heartbeatLimits;
const { metaPairs, metaKeyCharacters, metaJsonCharacters } = heartbeatLimits;

const identityExpected =
  `a string of 1 to ${identityCharacters} characters, none of them control characters or ` +
  'bidirectional formatting characters, without white space at its ends';
const intervalExpected = `a number of seconds from ${intervalSeconds.min} to ${intervalSeconds.max}`;
const metaExpected =
  `an object of at most ${metaPairs} strings, with keys of 1 to ${metaKeyCharacters} characters, ` +
  `at most ${metaJsonCharacters} characters as JSON`;

/** Checks one candidate; `path` is its place in the body, for the errors. */
export function checkHeartbeat(candidate: unknown, path: string, receipt: Receipt): HeartbeatCheck {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) {
    const expected = 'an object with name, version and instance';
    return { kind: 'invalid', errors: [{ path, expected, got: describeValue(candidate) }] };
  }
  const { name, version, instance, timestamp, interval, status, message, meta, sentAt }: Fields =
    candidate;
  const { receivedAtMs, maxFutureMs, relayed } = receipt;
  const sentMs = isAbsent(sentAt) ? undefined : parseTimestamp(sentAt);
  const statedMs = isAbsent(timestamp)
    ? (sentMs ?? relayed?.timestampMs ?? receivedAtMs)
    : parseTimestamp(timestamp);
  if (
    isIdentity(name) &&
    isIdentity(version) &&
    isIdentity(instance) &&
    statedMs !== undefined &&
    isInterval(interval) &&
    isStatus(status) &&
    isMeta(meta) &&
    (status !== 'not_ok' || isMessage(message)) &&
    (sentMs !== undefined || isAbsent(sentAt))
  ) {
    const isSkewed = statedMs > receivedAtMs + maxFutureMs;
    const ageMs = sentMs === undefined ? 0 : Math.max(0, sentMs - statedMs);
    const timestampMs = isSkewed ? receivedAtMs - ageMs : statedMs;
    // The time between sending and receipt of a relayed heartbeat is not that of a network.
    const shownMs = relayed === undefined ? sentMs : undefined;
    const clockOffsetMs = clockOffsetOf(statedMs, shownMs, isSkewed, receivedAtMs);
    const mayHaveWaited = relayed !== undefined && receivedAtMs - timestampMs > minSkewMs;
    const isPlain =
      isAbsent(meta) &&
      (isAbsent(status) || status === 'ok') &&
      clockOffsetMs === undefined &&
      !mayHaveWaited;
    const rest = isPlain
      ? undefined
      : {
          ...restOf(status, meta, clockOffsetMs),
          ...messageOf(status, message),
          ...(mayHaveWaited ? { mayHaveWaited } : {}),
        };
    // Two shapes for nearly all heartbeats, written out: spreading costs more than all checks.
    const heartbeat: Heartbeat = isAbsent(interval)
      ? { name, version, instance, timestampMs, receivedAtMs }
      : { name, version, instance, timestampMs, receivedAtMs, intervalSeconds: interval };
    return { kind: 'valid', heartbeat: rest ? { ...heartbeat, ...rest } : heartbeat, isSkewed };
  }
  return { kind: 'invalid', errors: errorsOf(candidate, path) };
}

/**
 * How far the emitter's clock is behind, where that is worth storing. A heartbeat from the future was
 * sent no earlier than its timestamp says.
 */
function clockOffsetOf(
  statedMs: number,
  sentMs: number | undefined,
  isSkewed: boolean,
  receivedAtMs: number,
): number | undefined {
  if (sentMs === undefined) return isSkewed ? receivedAtMs - statedMs : undefined;
  const isRight = (ms: number) => Math.abs(receivedAtMs - ms) <= minSkewMs;
  return isRight(sentMs) && isRight(statedMs) ? undefined : receivedAtMs - sentMs;
}

function restOf(
  status: Status,
  meta: Record<string, string> | null | undefined,
  clockOffsetMs: number | undefined,
): Pick<Heartbeat, 'status' | 'meta' | 'clockOffsetMs'> {
  return {
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    ...(status === 'stopping' || status === 'not_ok' ? { status } : {}),
    ...(isAbsent(meta) ? {} : { meta }),
  };
}

/** Message of a heartbeat whose status is `not_ok`, in one line. */
function messageOf(status: Status, message: unknown): Pick<Heartbeat, 'message'> {
  if (status !== 'not_ok' || typeof message !== 'string') return {};
  const line = message.replaceAll(controls, ' ').trim();
  const text = [...line.slice(0, 2 * messageCharacters)].slice(0, messageCharacters).join('');
  return text === '' ? {} : { message: text.toWellFormed() };
}

/** The fields as they may be found; unknown fields are ignored. */
type Fields = {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly instance?: unknown;
  readonly timestamp?: unknown;
  readonly interval?: unknown;
  readonly status?: unknown;
  readonly message?: unknown;
  readonly meta?: unknown;
  readonly sentAt?: unknown;
};

function errorsOf(fields: Fields, path: string): FieldError[] {
  const checks: [keyof Fields, boolean, string][] = [
    ['name', isIdentity(fields.name), identityExpected],
    ['version', isIdentity(fields.version), identityExpected],
    ['instance', isIdentity(fields.instance), identityExpected],
    [
      'timestamp',
      isAbsent(fields.timestamp) || parseTimestamp(fields.timestamp) !== undefined,
      timestampExpected,
    ],
    ['interval', isInterval(fields.interval), intervalExpected],
    ['status', isStatus(fields.status), '"ok", "not_ok" or "stopping"'],
    ['message', fields.status !== 'not_ok' || isMessage(fields.message), 'text'],
    ['meta', isMeta(fields.meta), metaExpected],
    [
      'sentAt',
      isAbsent(fields.sentAt) || parseTimestamp(fields.sentAt) !== undefined,
      timestampExpected,
    ],
  ];
  return checks
    .filter(([, isGood]) => !isGood)
    .map(([field, , expected]) => ({
      path: `${path}.${field}`,
      expected,
      got: describeValue(fields[field]),
    }));
}

/** Many serialisers write `null` for a field that is not set. */
const isAbsent = (value: unknown): value is null | undefined =>
  value === undefined || value === null;

const isPlain = /^[\x20-\x7e]+$/;
/** Characters that change how the text around them is displayed: two names could look the same. */
const hasControls = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
const controls = new RegExp(`${hasControls.source}+`, 'gu');
const hasSpaceAtEnds = /^\s|\s$/u;
const space = 0x20;

function isIdentity(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const { length } = value;
  if (length <= identityCharacters && isPlain.test(value)) {
    return value.charCodeAt(0) !== space && value.charCodeAt(length - 1) !== space;
  }
  return (
    value.length > 0 &&
    !hasSpaceAtEnds.test(value) &&
    // A character is at most two code units: a longer text need not be counted.
    value.length <= 2 * identityCharacters &&
    value.isWellFormed() &&
    !hasControls.test(value) &&
    [...value].length <= identityCharacters
  );
}

const isInterval = (value: unknown): value is number | null | undefined =>
  isAbsent(value) ||
  (typeof value === 'number' && value >= intervalSeconds.min && value <= intervalSeconds.max);

type Status = 'ok' | 'not_ok' | 'stopping' | null | undefined;

const isStatus = (value: unknown): value is Status =>
  isAbsent(value) || value === 'ok' || value === 'not_ok' || value === 'stopping';

const isMessage = (value: unknown): value is string | null | undefined =>
  isAbsent(value) || typeof value === 'string';

function isMeta(value: unknown): value is Record<string, string> | null | undefined {
  if (isAbsent(value)) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  const pairs = Object.entries(value);
  return (
    pairs.length <= metaPairs &&
    pairs.every(
      ([key, text]) => isMetaKey(key) && typeof text === 'string' && text.isWellFormed(),
    ) &&
    JSON.stringify(value).length <= metaJsonCharacters
  );
}

const isMetaKey = (key: string) =>
  key.length >= 1 && key.length <= metaKeyCharacters && key.isWellFormed();
