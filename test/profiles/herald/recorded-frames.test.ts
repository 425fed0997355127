import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readPythonRecord } from '../../../service/profiles/herald/fields/python.ts';
import { Frames } from '../../../service/profiles/herald/framing/frames.ts';

const caseSchema = z.object({
  name: z.string(),
  python: z.string().nullable(),
  frame: z.base64().transform((text) => Buffer.from(text, 'base64')),
  row: z
    .object({
      message: z.string(),
      levelno: z.number(),
      name: z.string(),
      system_id: z.string().nullable(),
      sub_system_id: z.string().nullable(),
      package_version: z.string().nullable(),
      lineno: z.number(),
      process: z.number(),
      thread: z.number(),
      relativecreated: z.number(),
    })
    .nullable(),
});
const cases = readFileSync('test/fixtures/herald/frames.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => caseSchema.parse(JSON.parse(line)));

/** Cases that hold an object of a class, which is never made. */
const isObject = ({ name }: { name: string }) => /datetime/.test(name);

function framesOf(bytes: Buffer) {
  const frames = new Frames(1_000_000);
  frames.push(bytes);
  const frame = frames.next();
  if (!frame) throw new Error('the frame is not complete');
  return frame;
}

/** The bridge replaces these characters; of a long text the recording has only the length. */
function asStored(text: string, row: string): string {
  const [placeholder] = /^<\d+ characters>$/.exec(row) ?? [];
  return placeholder === undefined ? text.replace(/['"‘’]/g, ' ') : `<${text.length} characters>`;
}

describe('readPythonRecord', () => {
  it('is tested with frames of several Pythons', () => {
    expect(new Set(cases.map(({ python }) => python)).size).toBeGreaterThanOrEqual(7);
  });

  it.each(cases.filter((one) => !isObject(one)))('reads as the bridge does: $name', (one) => {
    const { row, frame } = one;
    const record = readPythonRecord(framesOf(frame).bytes);
    expect(record.logger).toBe('app');
    if (row === null) return;
    expect(asStored(record.message, row.message)).toBe(row.message);
    expect(record.level).toBe(row.levelno);
    expect(record.logger).toBe(row.name);
    expect(String(record.fields['SYSTEM_ID'] ?? 'None')).toBe(row.system_id);
    expect(String(record.fields['SUB_SYSTEM_ID'] ?? 'None')).toBe(row.sub_system_id);
    expect(String(record.fields['package_version'] ?? 'None')).toBe(row.package_version);
    const { lineno, process, relativeCreated } = record.fields;
    expect({ lineno, process }).toEqual({ lineno: row.lineno, process: row.process });
    expect(relativeCreated).toBeCloseTo(row.relativecreated, 3);
    expect(Number(record.fields['thread'])).toBe(row.thread);
  });

  it.each(cases.filter(isObject))('refuses an object of a class: $name', ({ frame }) => {
    expect(() => readPythonRecord(framesOf(frame).bytes)).toThrow('not for plain data');
  });
});
