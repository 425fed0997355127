import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../service/contract/instance.ts';
import type { Presence } from '../../../service/contract/presence.ts';
import { createPresenceColumns } from '../../../service/query/period/presence-columns.ts';
import { measureTimelines } from '../../../service/query/timeline/measure.ts';
import type { AbsentInstance, TimelineQuery } from '../../../service/query/timeline/query.ts';

const identity = (instance: string): Identity => ({ name: 'Orion', version: '1', instance });

/** Ten steps of 100 ms that end now. */
const query = (changes: Partial<TimelineQuery> = {}): TimelineQuery => ({
  ...{ fromMs: 0, toMs: 1_000, nowMs: 1_000, stepMs: 100, steps: 10 },
  ...{ filter: {}, timeZone: 'UTC', retireAfterMs: 10_000, absent: [], by: 'component' },
  ...changes,
});

type Past = readonly [from: number, to: number, reach: number];

function measure(pasts: Readonly<Record<string, readonly Past[]>>, changes = {}) {
  const builder = createPresenceColumns();
  const instances = Object.keys(pasts).map(identity);
  for (const [place, { instance }] of instances.entries()) {
    for (const [fromMs, toMs, reachMs] of pasts[instance] ?? []) {
      const presence: Presence = { fromMs, toMs, reachMs };
      builder.push(place, presence.fromMs, presence.toMs, presence.reachMs);
    }
  }
  return measureTimelines(query(changes), { presences: builder.columns(), instances });
}

const absent = (
  instance: string,
  state: AbsentInstance['state'],
  sinceMs: number,
): AbsentInstance => ({ ...identity(instance), state, sinceMs });

describe('measureTimelines', () => {
  it('is up from the first heartbeat until now, while the next one is not overdue', () => {
    const [row] = measure({ a: [[250, 950, 1_050]] });
    expect(row?.runs).toEqual([
      [2, 0, 0, 0],
      [8, 1, 0, 0],
    ]);
  });

  it('is late after the last heartbeat, then down until the next presence', () => {
    const past: readonly Past[] = [
      [0, 150, 350],
      [750, 1_000, 1_200],
    ];
    const [row] = measure({ a: past });
    expect(row?.runs).toEqual([
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [1, 0, 1, 0],
      [1, 0, 1, 1],
      [3, 0, 0, 1],
      [1, 1, 0, 1],
      [2, 1, 0, 0],
    ]);
  });

  it('has no absence after a stop on purpose', () => {
    const past: readonly Past[] = [[0, 150, 150]];
    const [row] = measure({ a: past }, { absent: [absent('a', 'retired', 150)] });
    expect(row?.runs).toEqual([
      [2, 1, 0, 0],
      [8, 0, 0, 0],
    ]);
  });

  it('is down until an instance that is gone was retired or forgotten', () => {
    const past: readonly Past[] = [[0, 50, 150]];
    const untilRetired = measure({ a: past }, { absent: [absent('a', 'retired', 350)] });
    const returned: readonly Past[] = [...past, [950, 1_000, 1_200]];
    const untilForgotten = measure({ a: returned }, { retireAfterMs: 200 });
    const runs = [
      [1, 1, 1, 0],
      [1, 0, 1, 1],
      [2, 0, 0, 1],
      [6, 0, 0, 0],
    ];
    expect(untilRetired[0]?.runs).toEqual(runs);
    expect(untilForgotten[0]?.runs.slice(0, 3)).toEqual(runs.slice(0, 3));
    expect(untilForgotten[0]?.runs.at(-1)).toEqual([1, 1, 0, 0]);
  });

  it('has no absence of an instance that is no longer known', () => {
    const past: readonly Past[] = [[0, 150, 350]];
    expect(measure({ a: past })[0]?.runs).toEqual([
      [2, 1, 0, 0],
      [8, 0, 0, 0],
    ]);
  });

  it('is late until now for an instance that is late, and down for one that is down', () => {
    const late = measure({ a: [[0, 650, 1_050]] }, { absent: [absent('a', 'late', 850)] });
    expect(late[0]?.runs.at(-1)).toEqual([3, 0, 1, 0]);
    const down = measure({ a: [[0, 250, 450]] }, { absent: [absent('a', 'down', 450)] });
    expect(down[0]?.runs.at(-1)).toEqual([5, 0, 0, 1]);
  });

  it('is down for the whole period without any presence in it', () => {
    const rows = measure({}, { absent: [absent('a', 'down', -500), absent('b', 'retired', 0)] });
    expect(rows).toEqual([{ name: 'Orion', version: '1', runs: [[10, 0, 0, 1]] }]);
  });

  it('counts an instance once in a step, and adds the instances of a component', () => {
    const flapping: readonly Past[] = [
      [0, 10, 20],
      [40, 50, 60],
      [80, 1_000, 1_100],
    ];
    const pasts = { a: flapping, b: [[0, 1_000, 1_100]] } as const;
    expect(measure(pasts)[0]?.runs).toEqual([
      [1, 2, 1, 1],
      [9, 2, 0, 0],
    ]);
    const byInstance = measure(pasts, { by: 'instance' });
    expect(byInstance.map(({ instance }) => instance)).toEqual(['a', 'b']);
  });
});
