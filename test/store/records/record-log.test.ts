import { afterEach, describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../../../service/contract/records/log-record.ts';
import { removeOld } from '../../../service/records/retention.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { openRecordLog, type RecordLog } from '../../../service/store/records/record-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const open: RecordLog[] = [];
afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
});

async function openLog(folder = temporaryFolder()): Promise<RecordLog> {
  const runtime = { clock: systemClock, log: createLog('silent'), metrics: createMetrics() };
  const log = await openRecordLog(folder, runtime);
  open.push(log);
  return log;
}

const record = (message: string, more: Partial<LogRecord> = {}): LogRecord => ({
  ...{ name: 'backup', version: '1', instance: 'host1', receivedAtMs: 1_000, level: 20 },
  message,
  ...more,
});

const all = { fromSeq: 1, toSeq: 1_000_000, order: 'descending', limit: 1_000 } as const;
const messages = (log: RecordLog, scan: object) =>
  log.scan({ ...all, ...scan }).map(({ message }) => message);

describe('openRecordLog', () => {
  it('finds records by words, phrases, beginnings, without accents and case', async () => {
    const log = await openLog();
    await log.append([
      record('The disk is nearly full'),
      record('full of disks'),
      record('Bitte GRÜSSE ausrichten', { exception: 'ValueError: disk' }),
    ]);
    expect(messages(log, { match: '"disk"' })).toEqual([
      'Bitte GRÜSSE ausrichten',
      'The disk is nearly full',
    ]);
    expect(messages(log, { match: '"disk is"' })).toEqual(['The disk is nearly full']);
    expect(messages(log, { match: '"dis"*' })).toHaveLength(3);
    expect(messages(log, { match: '"grusse"' })).toEqual(['Bitte GRÜSSE ausrichten']);
    expect(messages(log, { match: '"absent"' })).toEqual([]);
  });

  it('finds records by level, name and instance, alone and with words', async () => {
    const log = await openLog();
    await log.append([
      record('one disk', { level: 10 }),
      record('two disk', { level: 30, instance: 'host2' }),
      record('three', { level: 40, name: 'shop' }),
    ]);
    expect(messages(log, { minLevel: 20 })).toEqual(['three', 'two disk']);
    expect(messages(log, { minLevel: 30 })).toEqual(['three', 'two disk']);
    expect(messages(log, { minLevel: 40 })).toEqual(['three']);
    expect(messages(log, { name: 'backup', order: 'ascending' })).toEqual(['one disk', 'two disk']);
    expect(messages(log, { instance: 'host2' })).toEqual(['two disk']);
    expect(messages(log, { match: '"disk"', minLevel: 20 })).toEqual(['two disk']);
    expect(messages(log, { fromSeq: 2, toSeq: 2 })).toEqual(['two disk']);
  });

  it('has every record after it is opened again, and goes on counting', async () => {
    const folder = temporaryFolder();
    const first = await openLog(folder);
    await first.append(Array.from({ length: 123 }, (_, n) => record(`message ${n}`)));
    await first.close();
    open.length = 0;
    const log = await openLog(folder);
    await log.append([record('the last')]);
    expect(log.head()).toBe(124);
    expect(log.read(121, 10).records.map(({ message }) => message)).toEqual([
      'message 121',
      'message 122',
      'the last',
    ]);
  });

  it('never lets the time of receipt decrease, so that a time has one place', async () => {
    const log = await openLog();
    for (const receivedAtMs of [1_000, 3_000, 2_000, 4_000]) {
      await log.append([record('m', { receivedAtMs })]);
    }
    expect(log.read(0, 9).records.map(({ receivedAtMs }) => receivedAtMs)).toEqual([
      1_000, 3_000, 3_000, 4_000,
    ]);
    expect([0, 1_001, 3_000, 3_001, 4_001].map(log.seqAt)).toEqual([1, 2, 2, 4, 5]);
  });

  it('removes the oldest with what the search knows of them, and keeps the newest', async () => {
    const log = await openLog();
    await log.append(Array.from({ length: 10 }, (_, n) => record(`word${n} common`)));
    expect(await log.removeUpTo(4)).toBe(4);
    expect(messages(log, { match: '"word3"' })).toEqual([]);
    expect(messages(log, { match: '"common"' })).toHaveLength(6);
    expect(log.oldest()).toBe(5);
    expect(await log.removeUpTo(100)).toBe(5);
    expect(await log.removeUpTo(100)).toBe(0);
    expect(messages(log, {})).toEqual(['word9 common']);
  });
});

describe('removeOld', () => {
  const dayMs = 86_400_000;
  const config = { maxStreams: 1, patterns: [], heartbeats: false, forward: { timeoutSeconds: 1 } };

  it('removes what is older than the days that are kept', async () => {
    const log = await openLog();
    await log.append([0, 1, 2, 3, 4].map((day) => record('m', { receivedAtMs: day * dayMs })));
    await removeOld({ ...config, retentionDays: 2, maxBytes: 1e9 }, log, 4 * dayMs);
    expect(log.read(0, 9).records.map(({ receivedAtMs }) => receivedAtMs / dayMs)).toEqual([
      2, 3, 4,
    ]);
  });

  it('removes the oldest until the rest is small enough', async () => {
    const log = await openLog();
    const text = 'x'.repeat(1_000);
    for (let n = 0; n < 5; n++) {
      await log.append(Array.from({ length: 1_000 }, (_, m) => record(`${n}-${m} ${text}`)));
    }
    const before = log.dataBytes();
    await removeOld({ ...config, retentionDays: 1, maxBytes: before / 2 }, log, 1_000);
    expect(log.dataBytes()).toBeLessThanOrEqual(before / 2);
    expect(log.dataBytes()).toBeGreaterThan(before / 4);
    expect(log.head()).toBe(5_000);
    expect(messages(log, { match: '"4 999"' })).toHaveLength(1);
    expect(messages(log, { match: '"0 0"' })).toEqual([]);
  });
});
