import { describe, expect, it } from '@jest/globals';
import { classifyMonascaResponse } from '../../service/monasca/response.ts';
import { unauthorized } from '../support/keystone-answer.ts';

const nowMs = Date.UTC(2026, 10, 20);

function classify(status: number, body: unknown = '', headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classifyMonascaResponse({ kind: 'response', status, headers, body: text }, nowMs);
}

const html = { 'content-type': 'text/html; charset=utf-8' };

describe('classifyMonascaResponse', () => {
  it.each([200, 201, 202, 204])('has delivered with %d', (status) => {
    expect(classify(status)).toEqual({ kind: 'delivered' });
  });

  it('keeps no more of what Monasca says than a log line needs', () => {
    const { detail } = { detail: '', ...classify(422, { description: '👩'.repeat(100_000) }) };
    expect(detail).toBe(`Monasca answered 422: ${'👩'.repeat(250)}…`);
  });

  it('distinguishes the two kinds of 401', () => {
    expect(classify(401, unauthorized)).toEqual({
      kind: 'token-refused',
      detail: 'Monasca answered 401: The request you have made requires authentication.',
    });
    const policy = {
      title: 'Forbidden',
      description: 'The request does not have access to this service',
    };
    expect(classify(401, policy)).toEqual({
      kind: 'retry',
      reason: 'forbidden',
      detail:
        'Monasca answered 401: The request does not have access to this service; ' +
        'the user lacks the role monasca-user or monasca-agent on the project',
      afterMs: 60_000,
    });
  });

  it('thinks of the token first where a 401 does not say what it means', () => {
    expect(classify(401)).toMatchObject({ kind: 'token-refused' });
    expect(classify(401, '<html>', html)).toMatchObject({ kind: 'token-refused' });
  });

  it('takes 403 as the lack of a role, should it ever come', () => {
    expect(classify(403)).toMatchObject({ kind: 'retry', reason: 'forbidden', afterMs: 60_000 });
  });

  it.each([400, 409, 413, 422])('is rejected by %d, with the words of Monasca', (status) => {
    const description = 'invalid characters in dimension value x,y from key a';
    expect(classify(status, { title: 'Unprocessable Entity', description })).toEqual({
      kind: 'rejected',
      detail: `Monasca answered ${status}: ${description}`,
    });
  });

  it('takes no proxy at its word about metrics, but about the size of a request', () => {
    expect(
      classify(400, '<html>The plain HTTP request was sent to HTTPS port', html),
    ).toMatchObject({
      kind: 'retry',
      reason: 'unexpected-answer',
    });
    expect(classify(413, '<html>Request Entity Too Large', html)).toMatchObject({
      kind: 'rejected',
    });
  });

  it.each([
    ['429 with seconds', 429, { 'retry-after': '30' }, 30_000],
    ['429 with a date', 429, { 'retry-after': 'Fri, 20 Nov 2026 00:00:09 GMT' }, 9_000],
    ['503 with Retry-After, as when its queue is gone', 503, { 'retry-after': '60' }, 60_000],
    ['413 with Retry-After, as some rate limits answer', 413, { 'retry-after': '2' }, 2_000],
  ])('is throttled by %s', (_, status, headers, afterMs) => {
    expect(classify(status, '', headers)).toMatchObject({
      kind: 'retry',
      reason: 'throttled',
      afterMs,
    });
  });

  it('leaves the wait to the caller where a 429 does not say', () => {
    expect(classify(429)).toEqual({
      kind: 'retry',
      reason: 'throttled',
      detail: 'Monasca answered 429',
    });
  });

  it.each([500, 502, 503, 504, 507])('finds the server unwell by %d', (status) => {
    expect(classify(status, '<html>', html)).toMatchObject({
      kind: 'retry',
      reason: 'server-error',
    });
  });

  it('takes 408 for a timeout', () => {
    expect(classify(408)).toMatchObject({ kind: 'retry', reason: 'timeout' });
  });

  it.each([101, 300, 301, 302, 307, 404, 405, 406, 410, 418])('does not expect %d', (status) => {
    expect(classify(status, { title: '404 Not Found' })).toMatchObject({
      kind: 'retry',
      reason: 'unexpected-answer',
      detail: expect.stringContaining('is this the address of a Monasca API?'),
    });
  });

  it.each(['timeout', 'unreachable', 'aborted', 'unexpected-answer'] as const)(
    'passes a failure on: %s',
    (reason) => {
      expect(classifyMonascaResponse({ kind: 'failure', reason, detail: 'why' }, nowMs)).toEqual({
        kind: 'retry',
        reason,
        detail: 'Monasca: why',
      });
    },
  );

  it.each(['null', '[]', '"x"', '{"title":7}', '{"error":"x"}', '{'])(
    'bears %s for an error',
    (body) => {
      expect(classify(422, body)).toEqual({ kind: 'rejected', detail: 'Monasca answered 422' });
    },
  );
});
