import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { Secret } from '../../../service/contract/values/secret.ts';
import { slackMessage } from '../../../service/notify/slack/message.ts';
import { createSlackDestination } from '../../../service/notify/slack/slack.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient } from '../../../service/runtime/http/http-client.ts';
import {
  contractTimeoutMs,
  describeDestination,
  underTest,
} from '../../support/destination-contract.ts';
import { anEvent, anyEvent, someEvents } from '../../support/events.ts';
import { startTestServer } from '../../support/test-server.ts';

const patience = new AbortController().signal;
const http = createHttpClient({ timeoutMs: contractTimeoutMs });
afterAll(() => http.close());
const name = 'ops-channel';
const destination = (url: string) =>
  createSlackDestination({ name, url: new Secret(url), http, clock: systemClock });

describeDestination('Slack', (url) => underTest(destination(url), [anEvent()]));

describe('createSlackDestination', () => {
  it('posts a batch as one message', async () => {
    const server = await startTestServer();
    server.react({ status: 200, body: 'ok' });
    const url = `${server.url}/services/T00/B00/secret`;
    expect(await destination(url)(someEvents(3), patience)).toEqual({ kind: 'delivered' });
    expect(server.received).toMatchObject([{ method: 'POST', path: '/services/T00/B00/secret' }]);
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({
      text: 'DOWN: Orion 1.0 (3 instances)',
    });
    await server.stop();
  });

  it.each([
    [404, 'no_service', 'unauthenticated'],
    [404, 'no_team', 'unauthenticated'],
    [410, 'channel_is_archived', 'forbidden'],
    [403, 'action_prohibited', 'forbidden'],
  ])('waits for people after %i %s', async (status, body, reason) => {
    const server = await startTestServer();
    server.react({ status, body });
    const url = `${server.url}/services/T00/B00/secret`;
    const outcome = await destination(url)([anEvent()], patience);
    expect(outcome).toMatchObject({
      kind: 'retry',
      reason,
      detail: expect.stringContaining(body),
    });
    expect(JSON.stringify(outcome)).not.toContain('B00');
    await server.stop();
  });
});

const message = (...events: LivenessEvent[]) => slackMessage(events, { notifier: name });

describe('slackMessage', () => {
  it('says the essence, then each event', () => {
    expect(
      message(anEvent({ kind: 'down' }), anEvent({ kind: 'recovered', reason: 'It is back.' })),
    ).toEqual({
      text: 'RESOLVED: Orion 1.0 i-1',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: 'RESOLVED: Orion 1.0 i-1', emoji: false },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            verbatim: true,
            text: [
              ':red_circle: *DOWN* Orion 1.0 `i-1`: no heartbeat for 301 s (<!date^1767225600^{date_num} {time_secs}|2026-01-01 00:00:00 UTC>)',
              ':large_green_circle: *RESOLVED* Orion 1.0 `i-1`: It is back. (<!date^1767225600^{date_num} {time_secs}|2026-01-01 00:00:00 UTC>)',
            ].join('\n'),
          },
        },
        {
          type: 'context',
          elements: [
            { type: 'plain_text', text: 'GE Heartbeat, notifier ops-channel', emoji: false },
          ],
        },
      ],
    });
  });

  it('lets nothing from the network call a channel or make a link', () => {
    const hostile = '<!channel> <https://example.org|here> & `code`';
    const { text, blocks } = message(
      anEvent({ subject: { name: hostile, version: hostile, instance: hostile }, reason: hostile }),
    );
    const sections = blocks.flatMap((block) => (block.type === 'section' ? [block.text.text] : []));
    for (const shown of [text, ...sections]) {
      expect(shown.replaceAll(/<!date\^\d+\^\{date_num\} \{time_secs\}\|[^<>]*>/g, '')).not.toMatch(
        /[<>]/,
      );
    }
    expect(sections[0]).toContain(
      "`&lt;!channel&gt; &lt;https://example.org|here&gt; &amp; 'code'`",
    );
  });

  it('lets nothing from the network mention a user or make a link in Mattermost', () => {
    const hostile =
      '@all ~town [x](https://a.example) ![i](//a.example) www.a.example mailto:a@b.c';
    const event = anEvent({
      kind: 'component.down',
      subject: { name: hostile.slice(0, 100), version: '1' },
      reason: hostile,
    });
    const { text, blocks } = slackMessage([event], { notifier: name });
    const [section] = blocks.flatMap((block) =>
      block.type === 'section' ? [block.text.text] : [],
    );
    for (const shown of [text, section ?? '']) {
      expect(shown.replaceAll('\u2060', '')).toContain('@all ~town [x](https://a.example)');
      expect(shown).not.toMatch(/@\w|~\w|\]\(|:\/\/|www\.|mailto:/);
    }
  });

  it('stays within what Slack takes, and says how many events it had to leave out', () => {
    const worst = anEvent({
      subject: { name: '&'.repeat(255), version: '<'.repeat(255), instance: '>'.repeat(255) },
      reason: '&'.repeat(1_000),
    });
    const events = Array.from({ length: 60 }, () => worst);
    const { blocks } = message(...events);
    expect(blocks).toHaveLength(50);
    expect(blocks.at(-1)).toMatchObject({
      elements: [{ text: 'GE Heartbeat, notifier ops-channel: and 12 more events' }],
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(anyEvent, fc.constant(worst)), { minLength: 1 }), (some) => {
        const { text, blocks } = message(...some);
        expect(text.length).toBeLessThan(4_000);
        expect(blocks.length).toBeLessThanOrEqual(50);
        for (const block of blocks) {
          if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
          if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3_000);
        }
      }),
    );
  });
});
