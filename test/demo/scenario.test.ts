import { describe, expect, it } from '@jest/globals';
import { scenario } from '../../demo/scenario.ts';

describe('scenario', () => {
  it('has a crash, an outage, a stop and a replacement every 30 s, without an end', () => {
    expect(scenario().take(5).toArray()).toEqual([
      { kind: 'crash', atSeconds: 3, forSeconds: 0 },
      { kind: 'outage', atSeconds: 5, forSeconds: 6 },
      { kind: 'stop', atSeconds: 6, forSeconds: 5 },
      { kind: 'replacement', atSeconds: 8, forSeconds: 0 },
      { kind: 'crash', atSeconds: 33, forSeconds: 0 },
    ]);
  });

  it('is faster in a short demo, outages included', () => {
    expect([...scenario(10)].map(({ atSeconds }) => atSeconds)).toEqual([1.5, 2.5, 3, 4]);
    expect([...scenario(8)][1]).toEqual({
      ...{ kind: 'outage', atSeconds: 2 },
      forSeconds: expect.closeTo(2.4),
    });
  });

  it('begins no cycle that the demo cannot complete', () => {
    expect([...scenario(49)]).toHaveLength(4);
    expect([...scenario(50)]).toHaveLength(8);
  });
});
