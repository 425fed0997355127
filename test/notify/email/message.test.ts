import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { createEmailDestination } from '../../../service/notify/email/email.ts';
import { messageOf } from '../../../service/notify/email/message.ts';
import { mailboxOf } from '../../../service/notify/email/smtp.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { anEvent } from '../../support/events.ts';
import { headersOf, startMailServer } from '../../support/mail-server.ts';

const sender = { notifier: 'operators', domain: 'example.org' };
const of = (fields: Partial<LivenessEvent>, name = 'Orion', instance = 'i-1') =>
  anEvent({ subject: { name, version: '1.0', instance }, ...fields });

/** Texts that an attacker can choose. */
const hostile = '"><script>alert(1)</script>&amp;\r\nBcc: all@example.org\r\n\r\n<img src=x>';
const attack = of({ reason: hostile }, hostile, hostile);

describe('messageOf', () => {
  it('says the essence in the subject, and each event in both texts', () => {
    const { subject, text, html } = messageOf(
      [of({ kind: 'down' }), of({ kind: 'recovered', reason: 'It is back.' })],
      sender,
    );
    expect(subject).toBe('RESOLVED: Orion 1.0 i-1');
    for (const body of [text, html]) {
      expect(body).toContain('DOWN');
      expect(body).toContain('no heartbeat for 301 s');
      expect(body).toContain('It is back.');
      expect(body).toContain('2026-01-01 00:00:00 UTC');
      expect(body).toContain('operators');
    }
  });

  it('puts what happens to a component into one thread, whenever and wherever it is made', () => {
    const down = messageOf([of({ kind: 'down' })], sender);
    const recovered = messageOf([of({ kind: 'recovered' }, 'Orion', 'i-2')], sender);
    expect(recovered.references).toBe(down.references);
    expect(recovered.inReplyTo).toBe(down.references);
    expect(recovered.messageId).not.toBe(down.messageId);
    expect(messageOf([of({}, 'Perseo')], sender).references).not.toBe(down.references);
    expect(down.references).toBe('<thread.83c303819b6988a8fe9054b3247dfcb7@example.org>');
  });

  it('stays in the thread of the worst component, and answers to those of all', () => {
    const perseo = messageOf([of({ kind: 'down' }, 'Perseo')], sender);
    const orion = messageOf([of({ kind: 'recovered' })], sender);
    const both = messageOf([of({ kind: 'recovered' }), of({ kind: 'down' }, 'Perseo')], sender);
    expect(both.references).toBe(perseo.references);
    expect(both.inReplyTo).toBe(`${perseo.references} ${orion.references}`);
  });

  it('gives the same events the same id, and other events or notifiers another', () => {
    const events = [of({ kind: 'down' }), of({ kind: 'recovered' })];
    const { messageId } = messageOf(events, sender);
    expect(messageOf(structuredClone(events), sender).messageId).toBe(messageId);
    expect(messageOf(events.slice(1), sender).messageId).not.toBe(messageId);
    expect(messageOf(events, { ...sender, notifier: 'night' }).messageId).not.toBe(messageId);
  });

  it('lets nothing from the network become HTML', () => {
    const { html } = messageOf([attack], sender);
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;');
  });

  it('lets nothing from the network become a header or a recipient', async () => {
    const server = await startMailServer();
    const deliver = createEmailDestination({
      name: 'operators',
      from: mailboxOf('heartbeat@example.org'),
      to: [mailboxOf('ops@example.org')],
      replyTo: mailboxOf('Duty, by night <duty@example.org>'),
      server: { host: '127.0.0.1', port: server.port, encryption: 'none', insecure: false },
      timeoutMs: 5_000,
      clock: systemClock,
      log: createLog('silent'),
    });
    const batch = Array.from({ length: 100 }, () => attack);
    expect(await deliver(batch, new AbortController().signal)).toEqual({ kind: 'delivered' });
    const [received] = server.received;
    await server.stop();
    expect(received?.to).toEqual(['ops@example.org']);
    const headers = headersOf(received?.source ?? '');
    for (const line of received?.source.split('\r\n') ?? []) {
      expect(line.length).toBeLessThanOrEqual(998);
    }
    expect(Object.keys(headers).sort()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'in-reply-to',
      'message-id',
      'mime-version',
      'references',
      'reply-to',
      'subject',
      'to',
      'x-auto-response-suppress',
      'x-heartbeat-event-ids',
    ]);
    expect(headers['reply-to']).toBe('"Duty, by night" <duty@example.org>');
    expect(headers['x-heartbeat-event-ids']).toBe(batch.map(({ id }) => id).join(' '));
    expect(headers['content-type']).toContain('multipart/alternative');
  });
});
