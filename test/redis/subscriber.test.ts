import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ownProperty } from '../../service/contract/values/own-property.ts';
import { checkHeartbeat } from '../../service/ingest/check-heartbeat.ts';
import { readPublisherMessage } from '../../service/profiles/pipeline-heartbeat/publisher-message.ts';
import { describeWith } from '../support/programs.ts';
import { type RedisServer, redisPrograms, startRedis } from '../support/redis.ts';
import { noAbort, openSinks } from './fixture.ts';

type Step = {
  readonly publish?: { readonly body_text: string };
  readonly redis?: Readonly<Record<string, string | { readonly value: string }>>;
};
type Recorded = { readonly name: string; readonly steps: readonly Step[] };

/** What the original subscriber wrote, and the messages that it received. */
const recordings = readFileSync('test/fixtures/oracle/pipeline-heartbeat.jsonl', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): unknown => JSON.parse(line))
  .filter((line): line is Recorded => Array.isArray(ownProperty(line, 'steps')))
  .map(({ name, steps }) => ({
    name,
    messages: steps.flatMap(({ publish }) => (publish ? [publish.body_text] : [])),
    keys: steps.findLast(({ redis }) => redis !== undefined)?.redis ?? {},
  }))
  .filter(({ keys }) => Object.keys(keys).length > 0);

const receivedAtMs = Date.UTC(2026, 11, 1);

describeWith(redisPrograms, "The keys of pipeline-heartbeat's subscriber", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('has recordings', () => {
    expect(recordings.length).toBeGreaterThan(5);
  });

  it.each(recordings)('are as recorded: $name', async ({ messages, keys }) => {
    await redis.command('FLUSHALL');
    const sinks = openSinks({ url: redis.url });
    for (const message of messages) {
      const candidates = readPublisherMessage(Buffer.from(message), 60) ?? [];
      const heartbeats = candidates.flatMap(({ path, fields }) => {
        const check = checkHeartbeat(fields, path, {
          receivedAtMs,
          maxFutureMs: 0,
          relayed: {},
        });
        return check.kind === 'invalid' ? [] : [check.heartbeat];
      });
      expect(await sinks.heartbeats(heartbeats, noAbort)).toEqual({ kind: 'delivered' });
    }
    sinks.close();
    const written = { ...(await redis.strings('service:*')), ...(await redis.strings('queue:*')) };
    // An item without a time gets the time of receipt.
    const own = messages.some((text) =>
      /\{[^{}]*"status": "ok"(, "timestamp": null)?\}/.test(text),
    );
    const expected = Object.entries(keys).map(([key, value]) => [
      key,
      own && key === 'service:a:ok'
        ? '2026-12-01 00:00:00 UTC'
        : typeof value === 'string'
          ? value
          : value.value,
    ]);
    expect(written).toEqual(Object.fromEntries(expected));
  });
});
