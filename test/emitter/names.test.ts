import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { checkHeartbeat } from '../../service/ingest/check-heartbeat.ts';
import { type LocalService, startService } from '../support/service.ts';
import { describeShells, runEmitter } from './run.ts';

let service: LocalService;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

const chosen = [
  '","name":"other',
  '$(id)`id`$HOME',
  "'; rm -rf / #",
  '-K/etc/passwd',
  '@/etc/passwd',
  '%s%n%d\\0101\\n',
  '\\u0000\\ud800',
  '*?[a-z]{a,b}~',
  'a  b',
  '日本語 żółć 👩‍👩‍👧',
  '\u200b-\u2060',
  'x'.repeat(255),
  '😀'.repeat(255),
  '&<>;|()!',
  '=a',
  'hb_abcd_0123456789',
];

const isAccepted = (name: string) =>
  checkHeartbeat({ name, version: '1', instance: 'i' }, '$', { receivedAtMs: 0, maxFutureMs: 0 })
    .kind === 'valid';

/** Names that the service accepts, of characters that shells and formats give a meaning. */
const hostile = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'"\'\\$`*?[]{}()<>|&;!#%@=~^-/., \u00a0\u2028'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 40,
  })
  .filter((name) => isAccepted(name));

const listSchema = z.object({
  instances: z.array(z.object({ name: z.string(), version: z.string(), instance: z.string() })),
});

describeShells('40 hostile names', ['curl'], (shell) => {
  it('arrive unharmed', async () => {
    const names = [...chosen, ...fc.sample(hostile, 40 - chosen.length)];
    const version = shell;
    for (const [index, name] of names.entries()) {
      const run = await runEmitter(shell, {
        HEARTBEAT_SERVICE_HOST: `${service.url}${index % 2 === 0 ? '' : '/beat'}`,
        GENERIC_ENABLER_ID: name,
        GENERIC_ENABLER_VERSION: version,
        HEARTBEAT_INSTANCE: name,
      });
      expect({ name, ...run }).toEqual({ name, exitCode: 0, out: '', err: '' });
    }
    const response = await fetch(
      `${service.url}/api/v1/instances?limit=1000&version=${encodeURIComponent(version)}`,
    );
    const { instances } = listSchema.parse(await response.json());
    const arrived = instances.filter((one) => one.version === version);
    expect(new Set(arrived.map(({ name }) => name))).toEqual(new Set(names));
    expect(arrived.every(({ name, instance }) => name === instance)).toBe(true);
  });
});
