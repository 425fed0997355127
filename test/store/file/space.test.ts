import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createSpace } from '../../../service/store/file/space.ts';
import { describeAsRoot } from '../../support/programs.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

const mebibyte = 1 << 20;

describeAsRoot(['mount', 'umount'], 'createSpace', () => {
  let disk: string;
  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'ge-heartbeat-space-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });

  it('rejects below minFreeBytes, and accepts again only when a quarter more is free', async () => {
    const { log, lines } = createRecordedLog();
    const space = createSpace(disk, 4 * mebibyte, log);
    const seen = [];
    for (const free of [4.5, 3.5, 4.5, 5.5, 4.5]) {
      writeFileSync(join(disk, 'ballast'), Buffer.alloc((16 - free) * mebibyte));
      await space.measure();
      seen.push([space.freeBytes(), space.failure()?.reason]);
    }
    expect(seen).toEqual([
      [4.5 * mebibyte, undefined],
      [3.5 * mebibyte, 'full'],
      [4.5 * mebibyte, 'full'],
      [5.5 * mebibyte, undefined],
      [4.5 * mebibyte, undefined],
    ]);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });
});
