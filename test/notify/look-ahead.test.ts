import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { createLookAhead } from '../../service/notify/look-ahead.ts';
import { anEvent, someEvents } from '../support/events.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function all(events: AsyncIterable<LivenessEvent>): Promise<LivenessEvent[]> {
  const found: LivenessEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

describe('createLookAhead', () => {
  it('finds what is behind the events at hand and concerns the notifier', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const some = someEvents(3_000);
    await events.append(some);
    const lookAhead = createLookAhead(events, ({ id }) => id !== some[5]?.id);
    expect(await all(lookAhead(some.slice(0, 4)))).toEqual([some[4], ...some.slice(6)]);
    expect(await all(lookAhead([]))).toEqual([]);
  });

  it('finds what became of one instance, however long ago its event was refused', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const subject = { name: 'Node', version: 'hbtd', instance: 'x0' };
    const refused = anEvent({ id: '01K5T8G3V6Q4M0N3Z4B7W9XJ2E', kind: 'down', subject });
    const newest = anEvent({ id: '01K7T8G3V6Q4M0N3Z4B7W9XJ2E', kind: 'recovered', subject });
    await events.append([refused]);
    for (let n = 0; n < 21; n++) await events.append(others(n));
    await events.append([newest]);
    const lookAhead = createLookAhead(events, () => true);
    const found = await all(lookAhead([refused]));
    expect(found.filter(({ kind }) => kind === 'recovered')).toEqual([newest]);
  });

  it('takes nothing for later that stands before, though the clock was set back in between', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const subject = { name: 'Node', version: 'hbtd', instance: 'x0' };
    const before = anEvent({ id: '01K7T8G3V6Q4M0N3Z4B7W9XJ2E', kind: 'recovered', subject });
    const after = anEvent({ id: '01K5T8G3V6Q4M0N3Z4B7W9XJ2E', kind: 'down', subject });
    await events.append([before, after]);
    expect(await all(createLookAhead(events, () => true)([after]))).toEqual([]);
  });
});

const others = (n: number): LivenessEvent[] =>
  Array.from({ length: 1_000 }, (_, index) =>
    anEvent({ id: `01K6${String(n * 1_000 + index).padStart(22, '0')}` }),
  );
