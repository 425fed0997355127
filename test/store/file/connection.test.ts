import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { backUp } from '../../../service/store/backup/backup.ts';
import { restore } from '../../../service/store/backup/restore.ts';
import { openConnection } from '../../../service/store/file/connection.ts';
import { someHeartbeats } from '../../support/heartbeats.ts';
import { openTestStore } from '../../support/open-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const service = fileURLToPath(new URL('../../../service/', import.meta.url));

const modesIn = (folder: string) =>
  readdirSync(folder).map((name) => [
    name,
    (statSync(join(folder, name)).mode & 0o777).toString(8),
  ]);

describe('openConnection', () => {
  it('keeps temporary data in memory', () => {
    const database = openConnection(join(temporaryFolder(), 'file'));
    expect(database.prepare('PRAGMA temp_store').get()).toEqual({ temp_store: 2 });
    database.close();
  });

  it('is the only place of the service that opens a database', () => {
    const places = readdirSync(service, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .filter((path) => readFileSync(join(service, path), 'utf8').includes('new DatabaseSync('));
    expect(places).toEqual(['store/file/connection.ts']);
  });
});

describe('the files of the service', () => {
  it('can be accessed by their owner only, whatever the umask is', async () => {
    const folder = temporaryFolder();
    const dataDir = join(folder, 'deep', 'data');
    const before = process.umask(0);
    try {
      const store = await openTestStore(dataDir);
      await store.heartbeats.append(someHeartbeats(10));
      const backup = join(folder, 'backup.sqlite');
      backUp(dataDir, backup);
      for (const [name, mode] of modesIn(dataDir)) expect([name, mode]).toEqual([name, '600']);
      expect(statSync(dataDir).mode & 0o777).toBe(0o700);
      expect(statSync(backup).mode & 0o777).toBe(0o600);
      await store.close();
      restore(backup, dataDir, true);
      for (const [name, mode] of modesIn(dataDir)) expect([name, mode]).toEqual([name, '600']);
    } finally {
      process.umask(before);
    }
  });

  it('lose the rights of others that an earlier release gave', async () => {
    const dataDir = temporaryFolder();
    await (await openTestStore(dataDir)).close();
    chmodSync(join(dataDir, 'heartbeat.sqlite'), 0o644);
    const store = await openTestStore(dataDir);
    for (const [name, mode] of modesIn(dataDir)) expect([name, mode]).toEqual([name, '600']);
    await store.close();
  });
});
