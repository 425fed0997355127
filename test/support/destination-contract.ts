import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Destination, Outcome } from '../../service/contract/outcome.ts';
import { type Peer, type Reaction, startPeer } from './peer.ts';

/** A destination that delivers to a peer over HTTP, with a batch that the peer could take. */
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

/** The time that `setup` is to give the exchange: some peers never answer. */
export const contractTimeoutMs = 1_500;

/**
 * What every destination that speaks HTTP has in common: what it makes of each thing that the other
 * side may do. It is a real server that does it, and `setup` gets its address.
 */
export function describeDestination(
  name: string,
  setup: (peerUrl: string) => Promise<DestinationUnderTest> | DestinationUnderTest,
): void {
  describe(`${name}, as a destination`, () => {
    let peer: Peer;
    let destination: DestinationUnderTest;

    beforeEach(async () => {
      peer = await startPeer();
      destination = await setup(peer.url);
    });
    afterEach(async () => {
      await destination.stop?.();
      await peer.stop();
    });

    const deliver = (signal = new AbortController().signal) => destination.deliver(signal);

    it.each(outcomes)('makes $outcome of $title', async ({ reaction, outcome }) => {
      peer.react(reaction);
      expect(await deliver()).toMatchObject(outcome);
    });

    it('says what was wrong, for people', async () => {
      peer.react({ status: 500 });
      expect(await deliver()).toMatchObject({ detail: expect.stringContaining('500') });
    });

    it('waits for a refused connection to be accepted again', async () => {
      await peer.stop();
      expect(await deliver()).toMatchObject({ kind: 'retry', reason: 'unreachable' });
    });

    it('ends at once when its signal has aborted before it begins', async () => {
      expect(await deliver(AbortSignal.abort())).toMatchObject({
        kind: 'retry',
        reason: 'aborted',
      });
      expect(peer.received).toHaveLength(0);
    });

    it('ends when its signal aborts while it waits for the response', async () => {
      const controller = new AbortController();
      peer.react(() => {
        controller.abort();
        return 'hang';
      });
      expect(await deliver(controller.signal)).toMatchObject({ kind: 'retry', reason: 'aborted' });
    });

    it.each(troubles)('delivers again after %s', async (trouble) => {
      peer.react(trouble);
      expect(await deliver()).toMatchObject({ kind: 'retry' });
      peer.react({ status: 204 });
      expect(await deliver()).toEqual({ kind: 'delivered' });
    });

    it('sends only one request to a peer that fails: the pump retries', async () => {
      peer.react({ status: 500 });
      await deliver();
      expect(peer.received).toHaveLength(1);
    });
  });
}

const troubles: Reaction[] = ['hang', 'cut', 'cut-answer', 'babble'];

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
    title: 'an answer cut in two',
    reaction: 'cut-answer',
    outcome: { kind: 'retry', reason: 'unreachable' },
  },
  {
    title: 'an answer that is not HTTP',
    reaction: 'babble',
    outcome: { kind: 'retry', reason: 'unexpected-answer' },
  },
];
