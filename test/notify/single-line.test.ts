import { describe, expect, it } from '@jest/globals';
import { toSingleLine } from '../../service/notify/single-line.ts';

describe('toSingleLine', () => {
  it.each([
    ['a\r\nBcc: all@example.org', 'a Bcc: all@example.org'],
    ['tab\there\u2028there', 'tab here there'],
    ['\u202egnp.exe\u200b', 'gnp.exe'],
    ['\u0000\u001b[31mred', '[31mred'],
    ['half \ud800', 'half \ufffd'],
    ['', '?'],
    ['\u200b \n', '?'],
  ])('turns %j into %j', (text, shown) => {
    expect(toSingleLine(text, 100)).toBe(shown);
  });

  it('cuts between characters, with an ellipsis', () => {
    expect(toSingleLine('👩👩👩', 3)).toBe('👩👩👩');
    expect(toSingleLine('👩👩👩👩', 3)).toBe('👩👩…');
  });
});
