import { describe, expect, it } from '@jest/globals';
import { readAnswer } from './answer.ts';

const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\nDate: now\r\n\r\n{"accepted":1}';

describe('readAnswer', () => {
  it('waits until the last byte is there', () => {
    for (let length = 0; length < accepted.length; length++) {
      expect(readAnswer(accepted.slice(0, length))).toBeUndefined();
    }
    expect(readAnswer(accepted)).toEqual({ status: 202, body: '{"accepted":1}' });
  });

  it('takes a 204 as complete without a body', () => {
    const answer = readAnswer('HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n');
    expect(answer).toEqual({ status: 204, body: '' });
  });

  it('refuses what would be misread', () => {
    expect(() => readAnswer(`${accepted}HTTP`)).toThrow('more than one answer');
    expect(() => readAnswer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')).toThrow(
      'without content-length',
    );
    expect(() => readAnswer('SSH-2.0-x\r\n\r\n')).toThrow('not HTTP/1.1');
  });
});
