import { copyFileSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../../service/store/store.ts';
import { someHeartbeats } from '../../support/heartbeats.ts';
import { openTestStore } from '../../support/open-store.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const append = (store: Store, count = 100) => store.heartbeats.append(someHeartbeats(count));

/** Waits until a condition holds, for up to ten seconds. */
async function until(isMet: () => boolean): Promise<void> {
  for (let tries = 0; !isMet() && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(isMet()).toBe(true);
}

async function opened() {
  const folder = temporaryFolder();
  const { log, lines } = createRecordedLog();
  const store = await openTestStore(folder, { log });
  store.heartbeats.reader('monasca');
  expect(await append(store, 5_000)).toEqual({ kind: 'stored' });
  return { folder, store, lines, file: join(folder, 'heartbeat.sqlite') };
}

describe('createFileIdentity', () => {
  it.each(['heartbeat.sqlite', 'heartbeat.sqlite-wal', 'lock.sqlite'])(
    'rejects heartbeats while %s is not in its place, and accepts them when it is again',
    async (name) => {
      const { folder, store, lines } = await opened();
      renameSync(join(folder, name), join(folder, 'elsewhere'));
      await until(() => store.failure() !== undefined);
      expect(await append(store)).toMatchObject({
        kind: 'unavailable',
        failure: { reason: 'io', detail: expect.stringContaining('removed or renamed') },
      });
      renameSync(join(folder, 'elsewhere'), join(folder, name));
      await until(() => store.failure() === undefined);
      expect(await append(store)).toEqual({ kind: 'stored' });
      expect(lines.map(({ level }) => level)).toEqual(['error', 'info']);
    },
  );

  it('rejects heartbeats when another file has the name of the data file', async () => {
    const { store, file } = await opened();
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
    await until(() => store.failure() !== undefined);
    expect(store.failure()?.detail).toMatch('replaced by another file');
  });

  it.each([0, 8_192])(
    'rejects heartbeats when the data file is cut short to %d bytes',
    async (size) => {
      const { folder, store, file } = await opened();
      await store.close();
      const again = await openTestStore(folder);
      again.heartbeats.reader('monasca');
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(again.failure()).toBeUndefined();
      truncateSync(file, size);
      await until(() => again.failure() !== undefined);
      expect(again.failure()?.detail).toMatch(`was cut short to ${size} bytes`);
      expect(await append(again)).toMatchObject({ kind: 'unavailable' });
    },
  );
});
