import { describe, expect, it } from '@jest/globals';
import type { InstanceRecord } from '../../service/contract/instance.ts';
import { forgetInstances, instanceStatements } from '../../service/store/instances.ts';
import { instanceRecord } from '../support/instance-records.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More than go into one statement, and not a multiple of that. */
const many = (count: number): InstanceRecord[] =>
  Array.from({ length: count }, (_, index) =>
    instanceRecord({ id: index + 1, instance: `i-${index}`, lastSeq: 10 * index }),
  );

describe('instanceStatements', () => {
  it('keeps records over a restart, all that they say', async () => {
    const folder = temporaryFolder();
    const first = await openTestStore(folder);
    const records = [
      ...many(123),
      instanceRecord({
        id: 2 ** 53 - 1,
        name: '心跳 "quoted"',
        version: '\u{1f493}',
        instance: "it's",
        state: 'retired',
        stateSinceMs: 1_800_000_000_000.25,
        lastHeardMs: 12_345.678,
        intervalSeconds: 1.1,
        lastSeq: 2 ** 53 - 1,
        flags: 255,
        senderTime: 'T 1',
      }),
    ];
    await first.write(instanceStatements(records));
    await first.close();
    const second = await openTestStore(folder);
    expect([...second.instances()]).toEqual(records);
  });

  it('updates what can change of a row that is there', async () => {
    const store = await openTestStore(temporaryFolder());
    const before = many(60);
    await store.write(instanceStatements(before));
    const after = before.map((record) => ({
      ...record,
      state: 'down' as const,
      stateSinceMs: 1,
      receivedAtMs: 2,
      lastHeardMs: 3,
      intervalSeconds: 4,
      lastSeq: 5,
      flags: 6,
      senderTime: 'T 7',
    }));
    await store.write(instanceStatements(after));
    expect([...store.instances()]).toEqual(after);
  });

  it('makes none of nothing', () => {
    expect(instanceStatements([])).toEqual([]);
  });
});

describe('forgetInstances', () => {
  it('deletes rows, and shares a commit with what is written before it', async () => {
    const store = await openTestStore(temporaryFolder());
    await store.write([...instanceStatements(many(55)), forgetInstances([1, 2, 54, 99])]);
    const ids = [...store.instances()].map(({ id }) => id);
    expect(ids).toHaveLength(52);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(ids).not.toEqual(expect.arrayContaining([54]));
  });
});

describe('loadInstances', () => {
  it('reads what was there when it began, and may be left early', async () => {
    const store = await openTestStore(temporaryFolder());
    await store.write(instanceStatements(many(10)));
    const seen: number[] = [];
    for (const { id } of store.instances()) {
      if (seen.length === 0) await store.write([forgetInstances([5])]);
      seen.push(id);
    }
    expect(seen).toHaveLength(10);
    for (const { id } of store.instances()) if (id === 3) break;
    expect([...store.instances()]).toHaveLength(9);
  });
});
