import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, Frames } from '../../../../service/profiles/herald/framing/frames.ts';

function read(chunks: readonly Buffer[], maxBytes = 1_000): string[] {
  const frames = new Frames(maxBytes);
  const found: Frame[] = [];
  for (const chunk of chunks) {
    frames.push(chunk);
    for (let frame = frames.next(); frame; frame = frames.next()) found.push(frame);
  }
  const last = frames.last();
  if (last) found.push(last);
  return found.map(({ format, bytes }) => `${format} ${bytes.toString()}`);
}

const pickleFrame = (text: string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
};

/** Divides a buffer at the given places. */
function fragments(whole: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (whole.length + 1)), whole.length];
  const sorted = cuts.toSorted((one, other) => one - other);
  return sorted.slice(1).map((end, n) => whole.subarray(sorted[n], end));
}

const line = fc.string({ minLength: 1 }).filter((text) => /^[^\r\n]+$/.test(text));

describe('Frames', () => {
  it.each<[string, (text: string) => Buffer, string]>([
    ['pickle', pickleFrame, ''],
    ['json', (text) => Buffer.from(`{${text}\n`), '{'],
    ['syslog', (text) => Buffer.from(`<${text}\n`), '<'],
    ['syslog', (text) => Buffer.from(`${Buffer.byteLength(`<${text}`)} <${text}`), '<'],
  ])('finds the same frames in any fragmentation: %s', (format, frameOf, start) => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(fc.nat()), (texts, places) => {
        const whole = Buffer.concat(texts.map(frameOf));
        expect(read(fragments(whole, places), 100_000)).toEqual(
          texts.map((text) => `${format} ${start}${text}`),
        );
      }),
    );
  });

  it('skips empty lines, and takes a last line without an end', () => {
    expect(read([Buffer.from('{1}\n\n\r\n{2}')])).toEqual(['json {1}', 'json {2}']);
  });

  it.each([
    ['a pickle', pickleFrame('x'.repeat(1_001))],
    ['a line', Buffer.from(`{${'x'.repeat(1_001)}`)],
    ['a counted message', Buffer.from('1001 <')],
    ['a count of very many digits', Buffer.from('1234567890123')],
  ])('refuses %s that is too large before it has arrived', (_title, bytes) => {
    expect(() => read([bytes.subarray(0, 1_010)])).toThrow('more than 1000 bytes');
  });

  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a length of a message that is none', Buffer.from('12x <')],
    ['a frame that is cut short', pickleFrame('long').subarray(0, 6)],
  ])('refuses %s', (_title, bytes) => {
    expect(() => read([bytes])).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });
});
