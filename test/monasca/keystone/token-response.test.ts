import { describe, expect, it } from '@jest/globals';
import {
  classifyTokenResponse,
  tokenTimes,
} from '../../../service/monasca/keystone/token-response.ts';
import type { HttpResult } from '../../../service/runtime/http/http-client.ts';
import { catalog, tokenBody, unauthorized } from '../../support/keystone-answer.ts';

const nowMs = Date.UTC(2026, 10, 20);

function answer(
  status: number,
  body: unknown = '',
  headers: Record<string, string> = {},
): HttpResult {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'response', status, headers, body: text };
}

const classify = (...args: Parameters<typeof answer>) =>
  classifyTokenResponse(answer(...args), nowMs);

const subject = { 'x-subject-token': 'gAAAA' };
const errorOf = (code: number, message: string) => ({ error: { code, message, title: 'x' } });

describe('classifyTokenResponse', () => {
  it('takes a granted token, its lifetime by the clock of Keystone, and its catalog', () => {
    expect(classify(201, tokenBody(3_600), subject)).toEqual({
      kind: 'granted',
      token: 'gAAAA',
      lifetimeMs: 3_600_000,
      catalog: expect.arrayContaining([expect.objectContaining({ type: 'monitoring' })]),
    });
    expect(catalog).toHaveLength(2);
  });

  it('takes a token without a catalog', () => {
    const { token } = {
      token: {
        issued_at: '2026-11-20T07:40:59.000000Z',
        expires_at: '2026-11-20T07:41:04.000000Z',
      },
    };
    expect(classify(201, { token }, subject)).toMatchObject({ lifetimeMs: 5_000, catalog: [] });
  });

  it.each([
    ['401', 401, unauthorized],
    ['401 without a word', 401, ''],
    ['400', 400, errorOf(400, 'Expecting to find domain in user.')],
    ['403', 403, errorOf(403, 'You are not authorized')],
    [
      '404 of a deleted application credential',
      404,
      errorOf(404, 'Could not find Application Credential'),
    ],
  ])('is refused by %s', (_, status, body) => {
    expect(classify(status, body)).toMatchObject({ kind: 'refused' });
  });

  it("quotes Keystone's message", () => {
    expect(classify(401, unauthorized)).toEqual({
      kind: 'refused',
      detail: 'Keystone answered 401: The request you have made requires authentication.',
    });
  });

  it.each([
    ['429 with seconds', 429, { 'retry-after': '17' }, 17_000],
    ['429 with a date', 429, { 'retry-after': 'Fri, 20 Nov 2026 00:00:09 GMT' }, 9_000],
    ['429 alone', 429, {}, undefined],
    ['503 with Retry-After', 503, { 'retry-after': '60' }, 60_000],
    ['413 with Retry-After, as some rate limits answer', 413, { 'retry-after': '1' }, 1_000],
  ])('is throttled by %s', (_, status, headers, afterMs) => {
    expect(classify(status, '', headers)).toMatchObject({
      kind: 'unavailable',
      reason: 'throttled',
      afterMs,
    });
  });

  it.each([500, 502, 503, 504])('finds the server unwell by %d', (status) => {
    expect(classify(status)).toMatchObject({ kind: 'unavailable', reason: 'server-error' });
  });

  it.each([
    ['a redirection', answer(302, '', { location: '/login' })],
    ['the choice of versions', answer(300, { versions: {} })],
    ['a 404 that is not of Keystone', answer(404, '<!doctype html>')],
    ['405', answer(405, { message: 'The method is not allowed' })],
    ['413', answer(413, '<html>')],
    ['204', answer(204)],
    ['201 without a token', answer(201, tokenBody(60))],
    ['201 without a body', answer(201, '', subject)],
    ['201 with a page', answer(201, '<html>', subject)],
    [
      'a token without an end',
      answer(201, { token: { issued_at: '2026-11-20T07:40:59.000000Z' } }, subject),
    ],
    [
      'a token whose times are none',
      answer(201, { token: { issued_at: 'x', expires_at: 'y' } }, subject),
    ],
    ['a token that ends before it begins', answer(201, tokenBody(-5), subject)],
    ['a token that ends as it begins', answer(201, tokenBody(0), subject)],
    ['a catalog that is none', answer(201, { token: { catalog: 'x' } }, subject)],
  ])('does not expect %s', (_, exchange) => {
    expect(classifyTokenResponse(exchange, nowMs)).toMatchObject({
      kind: 'unavailable',
      reason: 'unexpected-answer',
    });
  });

  it.each(['timeout', 'unreachable', 'aborted', 'unexpected-answer'] as const)(
    'passes a failure on: %s',
    (reason) => {
      expect(
        classifyTokenResponse({ kind: 'failure', reason, detail: 'why' }, nowMs),
      ).toMatchObject({
        kind: 'unavailable',
        reason,
        detail: expect.stringContaining('why'),
      });
    },
  );
});

describe('tokenTimes', () => {
  it.each([
    ['an hour', 3_600, 3_480, 3_599],
    ['ten minutes, where a fifth is two', 600, 480, 599],
    ['a minute', 60, 48, 59],
    ['five seconds', 5, 4, 4],
    ['a second', 1, 0.5, 0.5],
  ])('of a token of %s', (_, lifetime, refreshAfter, usable) => {
    expect(tokenTimes(lifetime * 1_000)).toEqual({
      refreshAfterMs: refreshAfter * 1_000,
      usableMs: usable * 1_000,
    });
  });
});
