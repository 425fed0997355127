import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { takeDataFolder, UnusableDataFolder } from '../../../service/store/file/data-folder.ts';
import { schemaVersion } from '../../../service/store/schema.ts';
import { someHeartbeats } from '../../support/heartbeats.ts';
import { openTestStore } from '../../support/open-store.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const fileIn = (folder: string) => join(folder, 'heartbeat.sqlite');

/** Files in the folder that this process has open; Linux only. */
function openFilesIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${number}`);
      return file.startsWith(folder) ? [file] : [];
    } catch {
      return [];
    }
  });
}

describe('takeDataFolder', () => {
  it('makes the folder, and a file in WAL mode with the current schema', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    takeDataFolder(folder).release();
    const database = new DatabaseSync(fileIn(folder));
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: schemaVersion });
    database.close();
  });

  it('refuses a folder that another process uses, and takes it when that one is killed', () => {
    const folder = temporaryFolder();
    const script = `
      import { takeDataFolder } from ${JSON.stringify(join(import.meta.dirname, '../../../service/store/file/data-folder.ts'))};
      try { takeDataFolder(${JSON.stringify(folder)}); console.log('taken'); process.kill(process.pid, 'SIGKILL'); }
      catch (error) { console.log(error.message); }`;
    const other = () =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script]).stdout.toString();
    const mine = takeDataFolder(folder);
    expect(other()).toContain(
      `The data folder ${folder} is in use by another GE Heartbeat process`,
    );
    expect(() => takeDataFolder(folder)).toThrow('is in use by another GE Heartbeat process');
    mine.release();
    expect(openFilesIn(folder)).toEqual([]);
    expect(other()).toBe('taken\n');
    takeDataFolder(folder).release();
  });

  it('says what to do about a damaged file, and changes nothing in it', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    for (let n = 0; n < 20; n++) await store.heartbeats.append(someHeartbeats(1_000));
    await store.close();
    const bytes = readFileSync(fileIn(folder));
    bytes.fill(0xab, 8_192, 40_960);
    writeFileSync(fileIn(folder), bytes);

    expect(() => takeDataFolder(folder)).toThrow(UnusableDataFolder);
    expect(() => takeDataFolder(folder)).toThrow(/damaged .*Restore it from a backup.*\.recover/s);
    expect(readFileSync(fileIn(folder)).equals(bytes)).toBe(true);
    expect(openFilesIn(folder)).toEqual([]);
  });

  it('says so of a file that is no database at all', () => {
    const folder = temporaryFolder();
    writeFileSync(
      fileIn(folder),
      'this is a text file, and a rather long one at that\n'.repeat(200),
    );
    expect(() => takeDataFolder(folder)).toThrow(/is damaged \(file is not a database\)/);
  });

  it('leaves a file of a newer release alone', () => {
    const folder = temporaryFolder();
    const database = new DatabaseSync(fileIn(folder));
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(() => takeDataFolder(folder)).toThrow(/newer release.*version 999/);
  });

  it('logs a warning when it starts empty in a folder that was used before', async () => {
    const folder = temporaryFolder();
    const { log, lines } = createRecordedLog();
    await (await openTestStore(folder, { log })).close();
    expect(lines).toEqual([]);
    rmSync(fileIn(folder));
    await (await openTestStore(folder, { log })).close();
    expect(lines).toMatchObject([
      { level: 'warn', msg: expect.stringContaining('the service starts empty') },
    ]);
  });

  it('says why a folder cannot be used', () => {
    const folder = join(temporaryFolder(), 'file');
    writeFileSync(folder, '');
    expect(() => takeDataFolder(folder)).toThrow(/cannot be used.*writable/);
    mkdirSync(join(`${folder}-2`, 'heartbeat.sqlite'), { recursive: true });
    expect(() => takeDataFolder(`${folder}-2`)).toThrow(/cannot be opened/);
    expect(readdirSync(`${folder}-2`)).toContain('heartbeat.sqlite');
  });
});
