import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '../../../service/store/store.ts';
import { someHeartbeats } from '../../support/heartbeats.ts';
import { openTestStore } from '../../support/open-store.ts';
import { describeAsRoot } from '../../support/programs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A real file system that is really full or read-only: a small one in memory. */
describeAsRoot(['mount', 'umount'], 'openStore on a disk that fails', () => {
  let disk: string;
  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'ge-heartbeat-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });

  it('refuses while the disk is full, loses nothing, and heals without a request', async () => {
    const store = await openTestStore(join(disk, 'full'));
    const reader = store.heartbeats.reader('monasca');
    expect(await append(store)).toEqual({ kind: 'stored' });

    const ballast = join(disk, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(16 << 20))).toThrow(/ENOSPC/);
    let refusal = await append(store);
    for (let n = 0; refusal.kind === 'stored' && n < 100; n++) refusal = await append(store);
    expect(refusal).toEqual({
      kind: 'unavailable',
      failure: { reason: 'full', detail: expect.stringContaining('full') },
    });
    expect(store.failure()).toMatchObject({ reason: 'full' });
    const head = reader.head;

    rmSync(ballast);
    await recovery(store);
    expect(reader.head).toBe(head);
    expect(await append(store)).toEqual({ kind: 'stored' });
    expect(reader.read(head, 1_000).records).toEqual(someHeartbeats(100));
    await store.close();
  });
});

/** A file that even root cannot write, although it is open for writing. */
describeAsRoot(['chattr'], 'openStore on a file that became read-only', () => {
  it('refuses while it is so, loses nothing, and heals without a request', async () => {
    const folder = folderWithAttributes();
    const store = await openTestStore(folder);
    const reader = store.heartbeats.reader('monasca');
    expect(await append(store)).toEqual({ kind: 'stored' });

    const files = ['heartbeat.sqlite', 'heartbeat.sqlite-wal'].map((name) => join(folder, name));
    execFileSync('chattr', ['+i', ...files]);
    try {
      const refusal = await append(store);
      expect(refusal).toMatchObject({ kind: 'unavailable' });
      expect(reader.head).toBe(100);
      // By now the file has been opened anew, and is known for what it is.
      expect(await append(store)).toMatchObject({ kind: 'unavailable' });
      expect(store.failure()).toBeDefined();
    } finally {
      execFileSync('chattr', ['-i', ...files]);
    }
    await recovery(store);
    expect(await append(store)).toEqual({ kind: 'stored' });
    expect(reader.head).toBe(200);
    await store.close();
    expect((await openTestStore(folder)).heartbeats.reader('monasca').head).toBe(200);
  });
});

/** A folder on a file system that knows immutable files; a temporary one in memory does not. */
function folderWithAttributes(): string {
  const folders = [tmpdir(), '/var/tmp', import.meta.dirname].map((parent) =>
    temporaryFolder(parent),
  );
  const found = folders.find((folder) => {
    const probe = join(folder, 'probe');
    writeFileSync(probe, '');
    const isKnown = spawnSync('chattr', ['+i', probe]).status === 0;
    if (isKnown) execFileSync('chattr', ['-i', probe]);
    rmSync(probe);
    return isKnown;
  });
  if (found === undefined) throw new Error(`no immutable files in ${folders.join(', ')}`);
  return found;
}

const append = (store: Store) => store.heartbeats.append(someHeartbeats(100));

async function recovery(store: Store): Promise<void> {
  for (let tries = 0; store.failure() !== undefined && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(store.failure()).toBeUndefined();
}
