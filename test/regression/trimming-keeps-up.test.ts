import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

describe('createOutbox', () => {
  it('deletes all settled records, also of a reader that settles many at once', async () => {
    const folder = temporaryFolder();
    const { heartbeats } = await openTestStore(folder);
    // Without Monasca this is the only reader, and it settles every few seconds.
    const reader = heartbeats.reader('liveness', 'internal');
    for (let n = 0; n < 10; n++) await heartbeats.append(someHeartbeats(10_000));
    await reader.settle(reader.head, []);

    const file = new DatabaseSync(join(folder, 'heartbeat.sqlite'), { readOnly: true });
    const rows = () =>
      Number(file.prepare('SELECT count(*) AS n FROM outbox_heartbeats').get()?.['n']);
    await until(() => rows() <= 1);
    expect(rows()).toBe(1);
    file.close();
    expect(reader.head).toBe(100_000);
  });
});
