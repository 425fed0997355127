import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Destination, Outcome } from '../../service/contract/outcome.ts';
import { type Reaction, startTestServer, type TestServer, unfinished } from './test-server.ts';

/** A destination that delivers over HTTP, with a batch that the server accepts. */
export type DestinationUnderTest = {
  /** Delivers the batch. */
  deliver(signal: AbortSignal): Promise<Outcome>;
  stop?(): Promise<void> | void;
};

/** Binds a destination to a batch of its own kind. */
export function underTest<T>(
  destination: Destination<T>,
  batch: readonly T[],
  stop: () => Promise<void> | void = () => undefined,
): DestinationUnderTest {
  return { deliver: (signal) => destination(batch, signal), stop };
}

/** Timeout of the exchange, for `setup`: some servers never respond. */
export const contractTimeoutMs = 1_500;

/**
 * The outcomes that all HTTP destinations have in common, for each behaviour of a real server.
 * `setup` gets the address of that server. `refusal` is the outcome where the server rejects records:
 * a destination that keeps them tries again.
 */
export function describeDestination(
  name: string,
  setup: (serverUrl: string) => Promise<DestinationUnderTest> | DestinationUnderTest,
  refusal: Partial<Outcome> & object = { kind: 'rejected' },
): void {
  const expected = (outcome: Partial<Outcome> & object) =>
    outcome.kind === 'rejected' ? refusal : outcome;
  describe(`${name}, as a destination`, () => {
    let server: TestServer;
    let destination: DestinationUnderTest;

    beforeEach(async () => {
      server = await startTestServer();
      destination = await setup(server.url);
    });
    afterEach(async () => {
      await destination.stop?.();
      await server.stop();
    });

    const deliver = (signal = new AbortController().signal) => destination.deliver(signal);

    const table = outcomes.map((row) => ({ ...row, outcome: expected(row.outcome) }));
    it.each(table)('makes $outcome of $title', async ({ reaction, outcome }) => {
      server.react(reaction);
      expect(await deliver()).toMatchObject(outcome);
    });

    it.each(unfinished)(
      'judges by the status alone where the body of the response is %s',
      async (how) => {
        for (const { status, outcome } of verdicts) {
          server.react({ status, unfinished: how });
          const signal = AbortSignal.timeout(10_000);
          expect([status, await deliver(signal)]).toMatchObject([status, expected(outcome)]);
        }
      },
    );

    it('gives the status in the detail of the outcome', async () => {
      server.react({ status: 500 });
      expect(await deliver()).toMatchObject({ detail: expect.stringContaining('500') });
    });

    it('retries when the connection is refused', async () => {
      await server.stop();
      expect(await deliver()).toMatchObject({ kind: 'retry', reason: 'unreachable' });
    });

    it('ends at once when its signal has aborted before it begins', async () => {
      expect(await deliver(AbortSignal.abort())).toMatchObject({
        kind: 'retry',
        reason: 'aborted',
      });
      expect(server.received).toHaveLength(0);
    });

    it('ends when its signal aborts while it waits for the response', async () => {
      const controller = new AbortController();
      server.react(() => {
        controller.abort();
        return 'hang';
      });
      expect(await deliver(controller.signal)).toMatchObject({ kind: 'retry', reason: 'aborted' });
    });

    it.each(troubles)('delivers again after %s', async (trouble) => {
      server.react(trouble);
      expect(await deliver()).toMatchObject({ kind: 'retry' });
      server.react({ status: 204 });
      expect(await deliver()).toEqual({ kind: 'delivered' });
    });

    it('sends only one request to a server that fails: the pump retries', async () => {
      server.react({ status: 500 });
      await deliver();
      expect(server.received).toHaveLength(1);
    });
  });
}

const troubles: Reaction[] = ['hang', 'cut', 'babble'];

const verdicts: { status: number; outcome: Partial<Outcome> & object }[] = [
  { status: 200, outcome: { kind: 'delivered' } },
  { status: 400, outcome: { kind: 'rejected' } },
  { status: 403, outcome: { kind: 'retry', reason: 'forbidden' } },
  { status: 500, outcome: { kind: 'retry', reason: 'server-error' } },
];

const json = { 'content-type': 'application/json' };

const outcomes: { title: string; reaction: Reaction; outcome: Partial<Outcome> & object }[] = [
  { title: '200', reaction: { status: 200, body: '{}' }, outcome: { kind: 'delivered' } },
  { title: '202', reaction: { status: 202 }, outcome: { kind: 'delivered' } },
  { title: '204', reaction: { status: 204 }, outcome: { kind: 'delivered' } },
  {
    title: '302',
    reaction: { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    outcome: { kind: 'retry', reason: 'unexpected-answer' },
  },
  {
    title: '400',
    reaction: { status: 400, headers: json, body: '{}' },
    outcome: { kind: 'rejected' },
  },
  {
    title: '401',
    reaction: { status: 401 },
    outcome: { kind: 'retry', reason: 'unauthenticated' },
  },
  { title: '403', reaction: { status: 403 }, outcome: { kind: 'retry', reason: 'forbidden' } },
  { title: '413', reaction: { status: 413 }, outcome: { kind: 'rejected' } },
  {
    title: '429 with Retry-After',
    reaction: { status: 429, headers: { 'retry-after': '7' } },
    outcome: { kind: 'retry', reason: 'throttled', afterMs: 7_000 },
  },
  { title: '429', reaction: { status: 429 }, outcome: { kind: 'retry', reason: 'throttled' } },
  { title: '500', reaction: { status: 500 }, outcome: { kind: 'retry', reason: 'server-error' } },
  { title: '502', reaction: { status: 502 }, outcome: { kind: 'retry', reason: 'server-error' } },
  { title: '503', reaction: { status: 503 }, outcome: { kind: 'retry', reason: 'server-error' } },
  {
    title: '503 with Retry-After',
    reaction: { status: 503, headers: { 'retry-after': '60' } },
    outcome: { kind: 'retry', reason: 'throttled', afterMs: 60_000 },
  },
  { title: 'no answer at all', reaction: 'hang', outcome: { kind: 'retry', reason: 'timeout' } },
  { title: 'a cut connection', reaction: 'cut', outcome: { kind: 'retry', reason: 'unreachable' } },
  {
    title: 'an answer that is not HTTP',
    reaction: 'babble',
    outcome: { kind: 'retry', reason: 'unexpected-answer' },
  },
];
