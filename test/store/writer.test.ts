import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import type { Statement } from '../../service/store/writer/messages.ts';
import { startWriter } from '../../service/store/writer/writer.ts';
import { describeWith } from '../support/programs.ts';
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

  it('has a commit on disk when it answers: synchronous = FULL on each connection', async () => {
    const file = join(temporaryFolder(), 'file.sqlite');
    const writer = await startWriter(file);
    await writer.commit([['CREATE TABLE t (x)']]);
    const note: Statement = ['INSERT INTO t SELECT synchronous FROM pragma_synchronous'];
    await writer.commit([note]);
    // After a failure there is another connection.
    await writer.commit([['INSERT INTO nowhere VALUES (1)']]);
    await writer.commit([note]);
    await writer.close();
    const database = new DatabaseSync(file);
    const full = 2;
    expect(database.prepare('SELECT x FROM t').all()).toEqual([{ x: full }, { x: full }]);
    database.close();
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

describeWith(['strace'], 'an acknowledged heartbeat', () => {
  it('has been flushed to disk: each append costs a flush of its own', () => {
    const folder = temporaryFolder();
    const appends = 20;
    const calls = join(folder, 'calls.txt');
    const program = join(folder, 'program.mjs');
    const openStore = join(import.meta.dirname, '../support/append-heartbeats.ts');
    writeFileSync(
      program,
      `import { appendHeartbeats } from ${JSON.stringify(openStore)};
       await appendHeartbeats(${JSON.stringify(join(folder, 'data'))}, ${appends});`,
    );
    const traced = ['-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', calls];
    const { status, stderr } = spawnSync('strace', [...traced, process.execPath, program], {
      encoding: 'utf8',
      timeout: 25_000,
    });
    expect([status, stderr.replace(/.*Warning.*\n/g, '')]).toEqual([0, '']);
    const flushes = readFileSync(calls, 'utf8').match(/f(data)?sync\(/g) ?? [];
    expect(flushes.length).toBeGreaterThanOrEqual(appends);
  });
});
