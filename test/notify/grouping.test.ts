import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EmailConfig } from '../../service/config/sections/notifiers/email.ts';
import type { EventKind, LivenessEvent } from '../../service/contract/event.ts';
import { createPump, type Pump } from '../../service/delivery/pump.ts';
import { createEmail } from '../../service/notify/email/email.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { anEvent } from '../support/events.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { headersOf, type MailServer, startMailServer } from '../support/mail-server.ts';
import { createMemoryOutbox, type MemoryOutbox } from '../support/memory-outbox.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { until } from '../support/until.ts';

const of = (kind: EventKind, instance: string): LivenessEvent =>
  anEvent({ kind, subject: { name: 'Orion', version: '1.0', instance } });

describe('a window of events, through the pump, to a mail server', () => {
  let server: MailServer;
  let clock: FakeClock;
  let outbox: MemoryOutbox<LivenessEvent>;
  let pumps: Pump[];

  beforeEach(async () => {
    server = await startMailServer();
    clock = createFakeClock();
    outbox = createMemoryOutbox();
    pumps = [];
  });
  afterEach(async () => {
    await Promise.all(pumps.map((pump) => Promise.all([pump.stop(0), clock.advance(5_000)])));
    await server.stop();
  });

  /** What a process would do that starts now. */
  function start(settings: Partial<EmailConfig> = {}): Pump {
    const { log } = createRecordedLog();
    const notifier = createEmail(
      {
        name: 'operators',
        type: 'email',
        silenced: false,
        host: '127.0.0.1',
        port: server.port,
        encryption: 'none',
        insecure: false,
        from: 'heartbeat@example.org',
        to: ['ops@example.org'],
        groupSeconds: 30,
        maxEvents: 4,
        timeoutSeconds: 10,
        ...settings,
      },
      { clock, log },
    );
    const pump = createPump({
      ...notifier,
      destination: 'notifier.operators',
      reader: outbox.open(),
      parallelBatches: 1,
      backoff: { firstMs: 1_000, maxMs: 16_000 },
      clock,
      random: () => 0.5,
      log,
      metrics: createMetrics({ destination: ['notifier.operators'] }),
    });
    pumps.push(pump);
    pump.start();
    return pump;
  }

  /** The network takes real time, during which the clock stands still. */
  async function untilReceived(count: number): Promise<(string | undefined)[]> {
    await until(async () => {
      await clock.advance(0);
      return server.received.length >= count;
    });
    return subjects();
  }
  const untilSettled = (seq: number): Promise<void> =>
    until(async () => {
      await clock.advance(0);
      return outbox.durable.cursor >= seq;
    });
  const subjects = () => server.received.map(({ source }) => headersOf(source)['subject']);
  const messageIds = () => server.received.map(({ source }) => headersOf(source)['message-id']);

  it('becomes one message when it ends, counted from its first event', async () => {
    start();
    outbox.append(of('down', 'a'));
    await clock.advance(20_000);
    outbox.append(of('down', 'b'));
    await clock.advance(9_999);
    expect(server.begun).toBe(0);
    await clock.advance(1);
    expect(await untilReceived(1)).toEqual(['DOWN: Orion 1.0 (2 instances)']);

    await untilSettled(2);
    outbox.append(of('recovered', 'a'));
    await clock.advance(30_000);
    expect(await untilReceived(2)).toEqual([
      'DOWN: Orion 1.0 (2 instances)',
      'RESOLVED: Orion 1.0 a',
    ]);
    const threads = server.received.map(({ source }) => headersOf(source)['references']);
    expect(threads[1]).toBe(threads[0]);
  });

  it('is over at once when the message is full', async () => {
    start();
    outbox.append(...['a', 'b', 'c', 'd', 'e'].map((one) => of('down', one)));
    expect(await untilReceived(1)).toEqual(['DOWN: Orion 1.0 (4 instances)']);
    await clock.advance(30_000);
    expect(await untilReceived(2)).toEqual(['DOWN: Orion 1.0 (4 instances)', 'DOWN: Orion 1.0 e']);
  });

  it('is no wait at all where none is wanted', async () => {
    start({ groupSeconds: 0 });
    outbox.append(of('down', 'a'));
    expect(await untilReceived(1)).toEqual(['DOWN: Orion 1.0 a']);
  });

  it('is the same message when it comes again, after a crash too', async () => {
    outbox.beforeCommit = () => Promise.reject(new Error('the disk is gone'));
    start();
    outbox.append(of('down', 'a'), of('down', 'b'));
    await clock.advance(30_000);
    await untilReceived(1);
    outbox.crash();
    outbox.beforeCommit = () => Promise.resolve();
    start();
    await clock.advance(30_000);
    await untilReceived(2);
    expect(messageIds()[1]).toBe(messageIds()[0]);
  });
});
