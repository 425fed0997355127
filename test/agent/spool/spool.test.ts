import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Spool } from '../../../service/agent/spool/spool.ts';
import { createRecordedLog, type LogLine } from '../../support/recorded-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Record = { readonly n: number };

let folder: string;
let lines: LogLine[];
const opened: Spool<Record>[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
});

function open(options: { maxBytes?: number; segmentBytes?: number; at?: string } = {}) {
  const { log, lines: recorded } = createRecordedLog();
  lines = recorded;
  const { at = folder, maxBytes = 1e6, segmentBytes = 100 } = options;
  const spool = new Spool<Record>({ folder: at, maxBytes, segmentBytes, log });
  opened.push(spool);
  return spool;
}

const records = (from: number, to: number): Record[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ n: from + index }));

/** All records behind the cursor, read in portions, with their numbers. */
function rest(spool: Spool<Record>, limit = 3): [number, number][] {
  const found: [number, number][] = [];
  for (let seq = spool.cursor; seq < spool.head; ) {
    const batch = spool.read(seq, limit);
    if (batch.records.length === 0) break;
    found.push(
      ...batch.records.map(({ n }, index): [number, number] => [batch.firstSeq + index, n]),
    );
    seq = batch.firstSeq + batch.records.length - 1;
  }
  return found;
}
const numbered = (from: number, to: number) => records(from, to).map(({ n }) => [n, n]);
const segments = () => readdirSync(folder).filter((name) => name.endsWith('.log'));

describe('Spool', () => {
  it('returns what was appended, in order, over many segments', async () => {
    const spool = open();
    for (let n = 1; n <= 40; n += 4) await spool.append(records(n, n + 3));
    expect(segments().length).toBeGreaterThan(3);
    expect(rest(spool)).toEqual(numbered(1, 40));
  });

  it('calls listeners when records are written', async () => {
    const spool = open();
    const heads: number[] = [];
    const end = spool.onAppend(() => heads.push(spool.head));
    const written = spool.append(records(1, 2));
    expect(spool.head).toBe(0);
    await written;
    end();
    await spool.append(records(3, 3));
    expect(heads).toEqual([2]);
  });

  it('removes delivered segments and continues behind the cursor after a start', async () => {
    const spool = open();
    await spool.append(records(1, 30));
    await spool.append(records(31, 60));
    await spool.settle(45, []);
    expect(segments()).toHaveLength(1);
    expect(rest(open())).toEqual(numbered(46, 60));
    const third = open();
    await third.append(records(61, 61));
    expect(rest(third)).toEqual(numbered(46, 61));
  });

  it('reads all again if the cursor is lost, and nothing twice if it is not', async () => {
    const spool = open({ segmentBytes: 1e6 });
    await spool.append(records(1, 5));
    await spool.settle(4, []);
    expect(rest(open())).toEqual([[5, 5]]);
    rmSync(join(folder, 'cursor'));
    expect(rest(open())).toEqual(numbered(1, 5));
  });

  it('numbers continue when everything was delivered and removed', async () => {
    const spool = open({ segmentBytes: 10 });
    await spool.append(records(1, 5));
    await spool.settle(5, []);
    await spool.close();
    for (const name of segments()) rmSync(join(folder, name));
    const next = open();
    await next.append(records(6, 6));
    expect(rest(next)).toEqual([[6, 6]]);
  });

  it('leaves out what a crash or damage cut short', async () => {
    const spool = open({ segmentBytes: 1e6 });
    await spool.append(records(1, 3));
    const [name = ''] = segments();
    const file = join(folder, name);
    appendFileSync(file, '4 {"n":4}\n5 {"n":');
    expect(rest(open())).toEqual(numbered(1, 4));
    writeFileSync(file, readFileSync(file, 'utf8').replace('2 {"n":2}', '2 \0\0\0\0\0\0'));
    const damaged = open();
    await damaged.append(records(5, 5));
    expect(rest(damaged)).toEqual([
      [1, 1],
      [3, 3],
      [4, 4],
      [5, 5],
    ]);
    writeFileSync(file, '');
    expect(rest(open()).every(([seq]) => seq >= 4)).toBe(true);
  });

  it('drops the oldest segments beyond its limit, and counts the records', async () => {
    const spool = open({ maxBytes: 1_000 });
    for (let n = 1; n <= 200; n += 10) await spool.append(records(n, n + 9));
    const kept = rest(spool);
    expect(kept.at(-1)).toEqual([200, 200]);
    expect(kept).toEqual(numbered(201 - kept.length, 200));
    expect(spool.dropped).toBe(200 - kept.length);
    expect(spool.bytes).toBeLessThanOrEqual(1_000);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('keeps rejected records with their reasons in a file of its own', async () => {
    const spool = open();
    await spool.append(records(1, 2));
    await spool.settle(2, [{ seq: 1, record: { n: 1 }, reason: 'no' }]);
    const text = readFileSync(join(folder, 'rejected.log'), 'utf8');
    expect(JSON.parse(text)).toEqual({ at: expect.any(String), reason: 'no', record: { n: 1 } });
    expect(statSync(join(folder, 'rejected.log')).mode & 0o777).toBe(0o600);
  });

  it('keeps records in memory while the folder cannot be written, and writes them later', async () => {
    const at = join(folder, 'spool');
    expect(() => open({ at })).toThrow('ENOENT');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(at);
    const spool = open({ at });
    rmSync(at, { recursive: true });
    await spool.append(records(1, 2));
    await spool.append(records(3, 3));
    expect(rest(spool)).toEqual(numbered(1, 3));
    expect(lines.map(({ level }) => level)).toEqual(['error']);
    mkdirSync(at);
    await spool.append(records(4, 4));
    expect(lines.map(({ level }) => level)).toEqual(['error', 'info']);
    expect(rest(open({ at }))).toEqual(numbered(1, 4));
    expect(existsSync(join(at, 'cursor'))).toBe(false);
  });
});
