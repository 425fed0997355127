import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { takeDataFolder } from '../../service/store/file/data-folder.ts';
import { failPointSettings } from '../support/fail-point.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));
const oldRecords = 300;
const newRecords = 700;

function restoreIn(folder: string, env: Readonly<Record<string, string>> = {}) {
  const args = ['restore', join(folder, 'backup.sqlite'), '--data-dir', join(folder, 'data')];
  return new Promise<{ code: unknown; signal: unknown; err: string }>((resolve) => {
    execFile(process.execPath, [cli, ...args, '--replace'], { env }, (error, _, err) =>
      resolve({ code: error?.code ?? 0, signal: error?.signal, err }),
    );
  });
}

/** A data folder as a killed service leaves it: its last records are in the WAL only. */
async function killedService(folder: string): Promise<void> {
  const live = join(folder, 'live');
  const store = await openTestStore(live);
  store.heartbeats.reader('monasca');
  await store.heartbeats.append(someHeartbeats(oldRecords));
  cpSync(live, join(folder, 'data'), { recursive: true });
  await store.heartbeats.append(someHeartbeats(newRecords - oldRecords));
  await store.close();
  renameSync(join(live, 'heartbeat.sqlite'), join(folder, 'backup.sqlite'));
}

/** Number of records in a data file, which is opened in a folder of its own. */
async function recordsOf(folder: string, name: string): Promise<number> {
  const other = temporaryFolder();
  for (const suffix of ['', '-wal']) {
    const from = join(folder, name + suffix);
    if (existsSync(from)) cpSync(from, join(other, `heartbeat.sqlite${suffix}`));
  }
  const store = await openTestStore(other);
  const { head } = store.heartbeats.reader('monasca');
  await store.close();
  return head;
}

const points = [
  { line: 'createPrivateFile(draft)', state: 'old' },
  { line: 'copyDataFile(backup, draft)', state: 'old' },
  { line: 'foldLog(file)', state: 'old' },
  { line: 'linkOrCopy(file, aside)', state: 'old' },
  { line: 'for (const suffix of logSuffixes)', state: 'old' },
  { line: 'renameSync(draft, file)', state: 'old' },
  { line: 'const { size: bytes }', state: 'new' },
] as const;

describe('restore', () => {
  it.each(points)(
    'that is killed before "$line" leaves a complete file',
    async ({ line, state }) => {
      const folder = temporaryFolder();
      await killedService(folder);
      const data = join(folder, 'data');
      const point = { file: 'store/backup/restore.ts', line, hit: 1 };
      const { signal } = await restoreIn(folder, failPointSettings(point));
      expect(signal).toBe('SIGKILL');

      const records = await recordsOf(data, 'heartbeat.sqlite');
      expect(records).toBe(state === 'old' ? oldRecords : newRecords);
      for (const aside of readdirSync(data).filter((name) => /\.before-.*Z$/.test(name))) {
        expect(await recordsOf(data, aside)).toBe(oldRecords);
      }
      expect(await restoreIn(folder)).toMatchObject({ code: 0, err: '' });
      expect(await recordsOf(data, 'heartbeat.sqlite')).toBe(newRecords);
    },
    60_000,
  );

  it('that is killed while a log is in use leaves file and log aside, and no start without them', async () => {
    const folder = temporaryFolder();
    await killedService(folder);
    const data = join(folder, 'data');
    // A reader keeps the log from being folded back.
    const reader = new DatabaseSync(join(data, 'heartbeat.sqlite'), { readOnly: true });
    reader.exec('BEGIN; SELECT * FROM settings');
    reader.prepare('SELECT count(*) FROM outbox_heartbeats').get();
    const point = { file: 'store/backup/restore.ts', line: 'renameSync(draft, file)', hit: 1 };
    await restoreIn(folder, failPointSettings(point));
    reader.close();
    const names = readdirSync(data);
    expect(names).not.toContain('heartbeat.sqlite');
    const asides = names.filter((name) => name.includes('.before-')).toSorted();
    expect(asides).toHaveLength(2);
    expect(await recordsOf(data, String(asides[0]))).toBe(oldRecords);
    expect(() => takeDataFolder(data)).toThrow(
      /missing or empty.*\.before-.*partial.*a restore was interrupted.*Nothing was changed/s,
    );
    expect(readdirSync(data).toSorted()).toEqual(names.toSorted());
    expect(await restoreIn(folder)).toMatchObject({ code: 0 });
    expect(await recordsOf(data, 'heartbeat.sqlite')).toBe(newRecords);
  }, 60_000);
});

describe('takeDataFolder', () => {
  it.each(['.partial', '.before-2026-11-20T00-00-00-000Z', '-wal'])(
    'refuses a folder without a data file but with heartbeat.sqlite%s',
    (suffix) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, `heartbeat.sqlite${suffix}`), 'x');
      expect(() => takeDataFolder(folder)).toThrow(/Nothing was changed.*ge-heartbeat restore/s);
      expect(existsSync(join(folder, 'heartbeat.sqlite'))).toBe(false);
      writeFileSync(join(folder, 'heartbeat.sqlite'), '');
      expect(() => takeDataFolder(folder)).toThrow(/missing or empty/);
      rmSync(join(folder, `heartbeat.sqlite${suffix}`));
      takeDataFolder(folder).release();
    },
  );
});
