import { afterEach, beforeEach, expect } from '@jest/globals';
import nock from 'nock';

// The import turns nock on; here the tests decide.
nock.restore();

/**
 * For tests of a client of one server: nock responds to every request or the request fails, and a
 * prepared response that no request used fails the test too.
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
