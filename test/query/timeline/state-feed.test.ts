import { describe, expect, it } from '@jest/globals';
import { StateFeed } from '../../../service/query/timeline/state-feed.ts';
import type { StateCounts } from '../../../service/registry/components.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const counts = (up: number, down = 0): StateCounts => ({ up, late: 0, down, retired: 0 });

function start() {
  const components = new Map<number, { name: string; counts: StateCounts }>();
  const clock = createFakeClock();
  const feed = new StateFeed(
    {
      components: () => components.keys(),
      componentOf: (index) => ({ name: components.get(index)?.name ?? '', version: '1' }),
      counts: (index = 0) => components.get(index)?.counts ?? counts(0),
    },
    clock,
  );
  return { components, clock, feed };
}

describe('StateFeed', () => {
  it('returns all components first, then each that has changed, to each client', async () => {
    const { components, clock, feed } = start();
    components.set(1, { name: 'a', counts: counts(1) });
    components.set(2, { name: 'b', counts: counts(2) });
    let calls = 0;
    const first = feed.follow(() => {
      calls += 1;
    });
    expect(first.take().map(({ name }) => name)).toEqual(['a', 'b']);
    expect(first.take()).toEqual([]);
    components.set(2, { name: 'b', counts: counts(1, 1) });
    await clock.advance(500);
    expect(calls).toBe(1);
    const second = feed.follow(() => undefined);
    expect(first.take()).toEqual([{ name: 'b', version: '1', ...counts(1, 1) }]);
    expect(second.take()).toHaveLength(2);
    first.close();
    second.close();
    await clock.advance(500);
  });

  it('returns a component that is no longer known once, without instances', async () => {
    const { components, clock, feed } = start();
    components.set(1, { name: 'a', counts: counts(1) });
    const follower = feed.follow(() => undefined);
    follower.take();
    components.delete(1);
    await clock.advance(500);
    expect(follower.take()).toEqual([{ name: 'a', version: '1', ...counts(0) }]);
    await clock.advance(500);
    expect(follower.take()).toEqual([]);
    const other = feed.follow(() => undefined);
    expect(other.take()).toEqual([]);
    follower.close();
    other.close();
    await clock.advance(500);
  });

  it('compares nothing without a client', async () => {
    const { components, clock, feed } = start();
    const follower = feed.follow(() => undefined);
    follower.close();
    await clock.advance(500);
    components.set(1, { name: 'a', counts: counts(1) });
    await clock.advance(5_000);
    expect(feed.follow(() => undefined).take()).toHaveLength(1);
  });
});
