import { describe, expect, it } from '@jest/globals';
import { selfTimes } from './profile-summary.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });

describe('selfTimes', () => {
  it('adds up the time of each function, without idle time', () => {
    const times = selfTimes({
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('parse', 'file:///x/service/ingest/parse.ts') },
        { id: 3, callFrame: frame('write') },
        { id: 4, callFrame: frame('parse', 'file:///x/service/ingest/parse.ts') },
      ],
      samples: [1, 2, 3, 4, 1],
      timeDeltas: [0, 500, 10, 60, 30],
    });
    expect(times).toEqual([
      { name: 'write', share: 0.6 },
      { name: 'parse service/ingest/parse.ts:10', share: 0.4 },
    ]);
  });
});
