import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startWriter } from '../../service/store/writer/writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('startWriter', () => {
  it('answers each request, in the order of their coming', async () => {
    const writer = await startWriter(join(temporaryFolder(), 'file.sqlite'));
    const answers = Promise.all([
      writer.commit([['CREATE TABLE t (x)']]),
      writer.commit([['INSERT INTO nowhere VALUES (1)']]),
      writer.commit([['INSERT INTO t VALUES (?)', 1]]),
      writer.shrink(0),
    ]);
    expect(await answers).toEqual([
      {},
      { failure: { reason: 'other', detail: 'no such table: nowhere' } },
      {},
      { hasMore: false },
    ]);
    await writer.close();
    expect(await writer.commit([])).toMatchObject({ failure: { reason: 'other' } });
  });

  it('ends the process with its thread, and fails waiting requests', () => {
    const writer = join(import.meta.dirname, '../../service/store/writer/writer.ts');
    const file = join(temporaryFolder(), 'file.sqlite');
    const script = `
      import { startWriter } from ${JSON.stringify(writer)};
      const writer = await startWriter(${JSON.stringify(file)});
      process.once('uncaughtException', async ({ message }) => {
        console.log('thrown:', message);
        console.log('waiting:', (await waiting).failure?.detail);
        console.log('later:', (await writer.commit([])).failure?.detail);
        await writer.close();
      });
      const waiting = writer.commit([[42]]);`;
    const program = join(temporaryFolder(), 'program.mjs');
    writeFileSync(program, script);
    const { stdout, stderr } = spawnSync(process.execPath, [program], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stderr.replace(/.*Warning.*\n/g, '')).toBe('');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^thrown: .*"sql" argument must be a string/),
      'waiting: the writer thread has ended',
      'later: the writer thread has ended',
      '',
    ]);
  });
});
