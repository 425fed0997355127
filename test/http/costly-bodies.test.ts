import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hbtdSettings } from '../support/hbtd.ts';
import { type LocalService, startService } from '../support/service.ts';

let service: LocalService;
beforeAll(async () => {
  service = await startService({ ...hbtdSettings, HEARTBEAT_PROFILES_HBTD_UNDER_MAIN: 'true' });
});
afterAll(() => service.stop());

async function send(method: string, path: string, text: string) {
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers,
    body: gzipSync(text),
  });
  return { status: response.status, text: await response.text() };
}

const bodies = {
  'nested by the hundred thousand': `{"Status":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
  'with as many members': `{${Array.from({ length: 50_000 }, (_, n) => `"k${n}":0`).join()}}`,
};

describe('A body that is small and costly to parse', () => {
  it.each(Object.entries(bodies))('is rejected without that: %s', async (_, body) => {
    const malformed = [
      ['POST', '/beat', 'The body'],
      ['POST', '/hmi/v1/heartbeat', 'Invalid JSON data type'],
      ['POST', '/hmi/v1/heartbeat/x0', 'Invalid JSON data type'],
      ['POST', '/hmi/v1/hbstates', 'Error unmarshalling inbound request'],
      ['PATCH', '/hmi/v1/params', 'Invalid JSON data type'],
    ] as const;
    for (const [method, path, detail] of malformed) {
      const { status, text } = await send(method, path, body);
      expect([path, status, text]).toEqual([path, 400, expect.stringContaining(detail)]);
    }
  });
});
