import { describe, expect, it } from '@jest/globals';
import { parseResponse } from './response.ts';

const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\nDate: now\r\n\r\n{"accepted":1}';

describe('parseResponse', () => {
  it('returns nothing until the last byte is there', () => {
    for (let length = 0; length < accepted.length; length++) {
      expect(parseResponse(accepted.slice(0, length))).toBeUndefined();
    }
    expect(parseResponse(accepted)).toEqual({ status: 202, body: '{"accepted":1}' });
  });

  it('accepts a 204 without a body as complete', () => {
    const response = parseResponse('HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n');
    expect(response).toEqual({ status: 204, body: '' });
  });

  it('rejects responses that it would misread', () => {
    expect(() => parseResponse(`${accepted}HTTP`)).toThrow('more than one response');
    expect(() => parseResponse('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')).toThrow(
      'without content-length',
    );
    expect(() => parseResponse('SSH-2.0-x\r\n\r\n')).toThrow('not HTTP/1.1');
  });
});
