import { execFile } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { checkDataFile } from '../../service/store/backup/check.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env: {} }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

async function written() {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'data');
  const store = await openTestStore(dataDir);
  store.heartbeats.reader('monasca');
  await store.heartbeats.append(someHeartbeats(500));
  return { folder, dataDir, store };
}

describe('ge-heartbeat backup', () => {
  it('refuses its own source and other files that are no backups, under any name', async () => {
    const { folder, dataDir, store } = await written();
    const other = join(folder, 'other');
    await (await openTestStore(other)).close();
    const file = join(dataDir, 'heartbeat.sqlite');
    symlinkSync(file, join(folder, 'symbolic'));
    linkSync(file, join(folder, 'hard'));
    symlinkSync(dataDir, join(folder, 'data-link'));
    mkdirSync(join(folder, 'folder'));
    const targets = [
      ...['', '-wal', '-shm'].map((suffix) => file + suffix),
      join(dataDir, 'lock.sqlite'),
      join(dataDir, 'backup.sqlite'),
      join(other, 'backup.sqlite'),
      ...['symbolic', 'hard', 'data-link/b', 'folder'].map((name) => join(folder, name)),
      '/dev/null',
    ];
    const inodes = () =>
      readdirSync(dataDir).map((name) => [name, statSync(join(dataDir, name)).ino]);
    const before = inodes();
    for (const target of targets) {
      const said = await run('backup', target, '--data-dir', dataDir, '--replace');
      expect({ target, ...said }).toMatchObject({
        target,
        code: 73,
        out: '',
        err: expect.stringMatching(/data folder|regular file/),
      });
    }
    expect(inodes()).toEqual(before);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(store.failure()).toBeUndefined();
  }, 60_000);

  it('succeeds beside other backups to the same target', async () => {
    const { folder, dataDir } = await written();
    const target = join(folder, 'backup.sqlite');
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => run('backup', target, '--data-dir', dataDir, '--replace')),
    );
    expect(runs.map(({ code, err }) => [code, err])).toEqual(runs.map(() => [0, '']));
    expect(checkDataFile(target).kind).toBe('sound');
    expect(readdirSync(folder).toSorted()).toEqual(['backup.sqlite', 'data']);
  }, 60_000);
});

describe('ge-heartbeat restore', () => {
  it('refuses the data file itself as the backup', async () => {
    const { folder, dataDir, store } = await written();
    await store.close();
    const file = join(dataDir, 'heartbeat.sqlite');
    symlinkSync(file, join(folder, 'link'));
    const bytes = readFileSync(file);
    for (const backup of [file, join(folder, 'link')]) {
      const said = await run('restore', backup, '--data-dir', dataDir, '--replace');
      expect(said).toMatchObject({ code: 73, err: expect.stringMatching('data file itself') });
    }
    expect(readFileSync(file).equals(bytes)).toBe(true);
    copyFileSync(file, join(folder, 'copy'));
    expect(
      await run('restore', join(folder, 'copy'), '--data-dir', dataDir, '--replace'),
    ).toMatchObject({
      code: 0,
    });
  }, 60_000);
});
