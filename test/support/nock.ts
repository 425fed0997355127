import { afterEach, beforeEach, expect } from '@jest/globals';
import nock from 'nock';

// Importing nock is enough to turn it on; here the tests decide.
nock.restore();

/**
 * For tests of a client of one server: every request is answered by nock or fails, and an answer
 * that was prepared but never asked for fails the test too.
 */
export function useNock(): void {
  beforeEach(() => {
    nock.activate();
    nock.disableNetConnect();
  });

  afterEach(() => {
    const unused = nock.pendingMocks();
    nock.abortPendingRequests();
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
    expect(unused).toEqual([]);
  });
}
