import type { IncomingHttpHeaders } from 'node:http';

/** Nobody is believed who asks for more than an hour: the wait would outlive every outage. */
const maxRetryAfterMs = 3_600_000;

/**
 * How long an answer asks us to wait (RFC 9110, 10.2.3), in milliseconds; undefined where it does
 * not, or not in either of the two forms. A date is measured against the answer's own `Date`, for
 * the peer's clock need not agree with ours; `nowMs` stands in where there is none.
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
