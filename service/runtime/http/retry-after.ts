import type { IncomingHttpHeaders } from 'node:http';

/** Longest wait; a longer one would outlast every outage. */
const maxRetryAfterMs = 3_600_000;

/**
 * Wait that a response requests (RFC 9110, 10.2.3), in milliseconds; undefined without a valid
 * `Retry-After`. A date is compared with the `Date` of the response, because the server's clock may
 * differ from ours; with `nowMs` where there is none.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, maxRetryAfterMs);

  const untilMs = parseHttpDate(text);
  if (Number.isNaN(untilMs)) return undefined;
  const peerNowMs = parseHttpDate(headers.date ?? '');
  const sinceMs = Number.isNaN(peerNowMs) ? nowMs : peerNowMs;
  return Math.min(Math.max(0, untilMs - sinceMs), maxRetryAfterMs);
}

/**
 * Each of the three forms of a date begins with the name of a day, without which Date.parse takes
 * almost anything; the oldest does not say that it is in GMT.
 */
function parseHttpDate(text: string): number {
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return Number.NaN;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
