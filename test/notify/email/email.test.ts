import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import type { Destination } from '../../../service/contract/outcome.ts';
import { Secret } from '../../../service/contract/values/secret.ts';
import { createEmailDestination } from '../../../service/notify/email/email.ts';
import type { MailServer as Server } from '../../../service/notify/email/smtp.ts';
import { mailboxOf } from '../../../service/notify/email/smtp.ts';
import { anEvent } from '../../support/events.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import {
  login,
  type MailServer,
  mailCertificate,
  startMailServer,
} from '../../support/mail-server.ts';
import { createRecordedLog, type LogLine } from '../../support/recorded-log.ts';
import { freePort, portOf } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

const untilClosed = (server: MailServer): Promise<void> =>
  until(async () => (await server.conversations()) === 0);

const noAbort = new AbortController().signal;
const credentials = { username: login.username, password: new Secret(login.password) };
const events = [anEvent()];

describe('createEmailDestination', () => {
  let server: MailServer;
  let clock: FakeClock;
  let lines: LogLine[];

  beforeEach(async () => {
    server = await startMailServer();
    clock = createFakeClock();
  });
  afterEach(() => server.stop());

  const notifier = (
    given: Partial<Server> = {},
    { to = ['ops@example.org'], timeoutMs = 5_000 } = {},
  ): Destination<LivenessEvent> => {
    const recorded = createRecordedLog();
    lines = recorded.lines;
    return createEmailDestination({
      name: 'operators',
      server: {
        host: '127.0.0.1',
        port: server.port,
        encryption: 'optional',
        ca: mailCertificate,
        insecure: false,
        ...given,
      },
      from: mailboxOf('GE Heartbeat <heartbeat@example.org>'),
      to: to.map(mailboxOf),
      timeoutMs,
      clock,
      log: recorded.log,
    });
  };
  const logged = () => lines.map(({ level, msg, address }) => ({ level, msg, address }));

  it('sends a message to all recipients', async () => {
    const to = ['Operators <ops@example.org>', 'night@example.org'];
    expect(await notifier({}, { to })(events, noAbort)).toEqual({ kind: 'delivered' });
    expect(server.received).toMatchObject([
      { from: 'heartbeat@example.org', to: ['ops@example.org', 'night@example.org'] },
    ]);
  });

  it('sends nothing for nothing', async () => {
    expect(await notifier()([], noAbort)).toEqual({ kind: 'delivered' });
    expect(server.begun).toBe(0);
  });

  it('closes the conversation behind it', async () => {
    await notifier()(events, noAbort);
    await untilClosed(server);
  });

  describe('encryption and login', () => {
    it('logs in after STARTTLS', async () => {
      const deliver = notifier({ encryption: 'starttls', ...credentials });
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      expect(server.received).toMatchObject([{ isEncrypted: true, user: login.username }]);
    });

    it('logs in over TLS from the first byte', async () => {
      await server.stop();
      server = await startMailServer({ secure: true });
      const deliver = notifier({ encryption: 'tls', ...credentials });
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      expect(server.received).toMatchObject([{ isEncrypted: true, user: login.username }]);
    });

    it('says neither name nor password to a server without STARTTLS', async () => {
      await server.stop();
      let logins = 0;
      server = await startMailServer({
        disabledCommands: ['STARTTLS'],
        onAuth: (_auth, _session, done) => {
          logins += 1;
          done(null, { user: 'x' });
        },
      });
      const deliver = notifier({ encryption: 'starttls', ...credentials });
      expect(await deliver(events, noAbort)).toMatchObject({
        kind: 'retry',
        reason: 'unreachable',
      });
      expect(logins).toBe(0);
      expect(server.received).toEqual([]);
    });

    it('does not connect to a server with an untrusted certificate', async () => {
      const deliver = notifier({ encryption: 'starttls', ca: undefined });
      expect(await deliver(events, noAbort)).toMatchObject({
        kind: 'retry',
        reason: 'unreachable',
        detail: expect.stringContaining('certificate'),
      });
      expect(server.received).toEqual([]);
    });

    it('waits long after a wrong password, and does not show it', async () => {
      const password = new Secret('wrong-and-secret');
      const deliver = notifier({ encryption: 'starttls', ...credentials, password });
      const outcome = await deliver(events, noAbort);
      expect(outcome).toMatchObject({
        kind: 'retry',
        reason: 'unauthenticated',
        afterMs: 300_000,
      });
      expect(JSON.stringify([outcome, lines])).not.toContain('wrong-and-secret');
    });

    it('does not go without the login where the server knows none', async () => {
      await server.stop();
      server = await startMailServer({ disabledCommands: ['AUTH'] });
      const deliver = notifier({ encryption: 'starttls', ...credentials });
      expect(await deliver(events, noAbort)).toMatchObject({ reason: 'unauthenticated' });
      expect(server.received).toEqual([]);
    });

    it('waits where a login is wanted and none is configured', async () => {
      await server.stop();
      server = await startMailServer({ authOptional: false });
      expect(await notifier()(events, noAbort)).toMatchObject({ reason: 'unauthenticated' });
    });

    it('stays unencrypted where it is configured so', async () => {
      expect(await notifier({ encryption: 'none' })(events, noAbort)).toEqual({
        kind: 'delivered',
      });
      expect(server.received).toMatchObject([{ isEncrypted: false }]);
    });
  });

  describe('refusals', () => {
    const to = ['a@example.org', 'b@example.org', 'c@example.org'];
    const greylisted = { code: 450, text: '4.7.1 Greylisted, try again' };
    const unknown = { code: 550, text: '5.1.1 No such user' };

    it('retries when all recipients are refused temporarily', async () => {
      server.refuseRecipient = () => greylisted;
      const deliver = notifier({}, { to });
      expect(await deliver(events, noAbort)).toMatchObject({
        kind: 'retry',
        reason: 'throttled',
        detail: expect.stringContaining('Greylisted'),
      });
      server.refuseRecipient = () => undefined;
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      expect(server.received.map((message) => message.to)).toEqual([to]);
    });

    it('retries only the recipients that were refused temporarily', async () => {
      server.refuseRecipient = (address) => (address.startsWith('b') ? greylisted : undefined);
      const deliver = notifier({}, { to });
      expect(await deliver(events, noAbort)).toMatchObject({
        kind: 'retry',
        reason: 'throttled',
        detail: expect.stringContaining('b@example.org: 450 4.7.1 Greylisted'),
      });
      server.refuseRecipient = () => undefined;
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      expect(server.received.map((message) => message.to)).toEqual([
        ['a@example.org', 'c@example.org'],
        ['b@example.org'],
      ]);
      expect(lines).toEqual([]);
    });

    it('does not wait for one who is put off for long, until it takes a message again', async () => {
      server.refuseRecipient = (address) =>
        address.startsWith('b') ? { code: 452, text: '4.2.2 Mailbox full' } : undefined;
      const deliver = notifier({}, { to });
      expect(await deliver(events, noAbort)).toMatchObject({ kind: 'retry' });
      clock.stepWall(3_600_000);
      expect(await deliver(events, noAbort)).toMatchObject({ kind: 'retry' });
      await clock.advance(360_000);
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      expect(await deliver([anEvent()], noAbort)).toEqual({ kind: 'delivered' });
      server.refuseRecipient = () => undefined;
      expect(await deliver([anEvent()], noAbort)).toEqual({ kind: 'delivered' });
      expect(logged()).toEqual([
        { level: 'warn', msg: 'address does not get its messages', address: 'b@example.org' },
        { level: 'info', msg: 'address accepts messages again', address: 'b@example.org' },
      ]);
    });

    it('delivers to the others when one is refused, and logs that once', async () => {
      server.refuseRecipient = (address) => (address.startsWith('c') ? unknown : undefined);
      const deliver = notifier({}, { to });
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      expect(await deliver([anEvent()], noAbort)).toEqual({ kind: 'delivered' });
      expect(lines).toEqual([
        {
          level: 'warn',
          msg: 'address does not get its messages',
          address: 'c@example.org',
          response: '550 5.1.1 No such user',
        },
      ]);
    });

    it('is refused when all are', async () => {
      server.refuseRecipient = () => unknown;
      expect(await notifier({}, { to })(events, noAbort)).toMatchObject({
        kind: 'rejected',
        detail: expect.stringContaining('c@example.org: 550 5.1.1 No such user'),
      });
      expect(lines).toEqual([]);
    });

    it.each([
      [
        { code: 451, text: '4.3.0 Try later' },
        { kind: 'retry', reason: 'throttled' },
      ],
      [{ code: 554, text: '5.6.0 I take this for spam' }, { kind: 'rejected' }],
      [{ code: 552, text: '5.3.4 Too large' }, { kind: 'rejected' }],
    ])('makes of the answer %j to a message %j', async (refusal, outcome) => {
      server.refuseMessage = () => refusal;
      expect(await notifier()(events, noAbort)).toMatchObject(outcome);
    });

    it.each([
      [
        { code: 421, text: '4.3.2 Shutting down' },
        { kind: 'retry', reason: 'throttled' },
      ],
      [
        { code: 550, text: '5.7.1 Not your address' },
        { kind: 'retry', reason: 'forbidden' },
      ],
      [
        { code: 530, text: '5.7.0 Log in' },
        { kind: 'retry', reason: 'unauthenticated' },
      ],
    ])('makes of the answer %j to the sender %j', async (refusal, outcome) => {
      server.refuseSender = () => refusal;
      expect(await notifier()(events, noAbort)).toMatchObject(outcome);
    });

    it('is refused where the message is larger than the server announces', async () => {
      await server.stop();
      server = await startMailServer({ size: 500, rejectOversized: true });
      expect(await notifier()(events, noAbort)).toMatchObject({ kind: 'rejected' });
    });
  });

  describe('trouble on the way', () => {
    it('waits for a server that is not there', async () => {
      const deliver = notifier({ port: await freePort() });
      expect(await deliver(events, noAbort)).toMatchObject({
        kind: 'retry',
        reason: 'unreachable',
      });
    });

    it('waits for a name that is not known', async () => {
      const deliver = notifier({ host: 'mail.invalid' });
      expect(await deliver(events, noAbort)).toMatchObject({ reason: 'unreachable' });
    });

    it('gives up a server that hangs, and lets go of the connection', async () => {
      server.onData = () => new Promise(() => {});
      const deliver = notifier({}, { timeoutMs: 500 });
      expect(await deliver(events, noAbort)).toMatchObject({ kind: 'retry', reason: 'timeout' });
      await untilClosed(server);
    });

    it('gives up a server that takes the connection and says nothing', async () => {
      const silent = net.createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const deliver = notifier({ port: portOf(silent) }, { timeoutMs: 300 });
      expect(await deliver(events, noAbort)).toMatchObject({ kind: 'retry', reason: 'timeout' });
      silent.close();
    });

    it('ends when its signal aborts', async () => {
      const controller = new AbortController();
      server.onData = () => {
        controller.abort();
        return new Promise(() => {});
      };
      expect(await notifier()(events, controller.signal)).toMatchObject({ reason: 'aborted' });
      expect(await notifier()(events, AbortSignal.abort())).toMatchObject({ reason: 'aborted' });
      expect(server.begun).toBe(1);
      await untilClosed(server);
    });

    it('sends the message again, as the same one, when the answer to it was cut off', async () => {
      server.onData = (cut) => {
        cut();
        return new Promise(() => {});
      };
      const deliver = notifier();
      expect(await deliver(events, noAbort)).toMatchObject({ reason: 'unreachable' });
      server.onData = () => undefined;
      expect(await deliver(events, noAbort)).toEqual({ kind: 'delivered' });
      const ids = server.received.map(({ source }) => /^Message-ID: (.*)$/im.exec(source)?.[1]);
      expect(ids[1]).toBe(ids[0]);
      expect(ids[0]).toMatch(/^<events\.[0-9a-f]{32}@example\.org>/);
    });

    it('does not take a web server for a mail server', async () => {
      const web = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      web.listen(0, '127.0.0.1');
      await once(web, 'listening');
      expect(await notifier({ port: portOf(web) })(events, noAbort)).toMatchObject({
        kind: 'retry',
        reason: 'unexpected-answer',
      });
      web.close();
    });
  });
});
