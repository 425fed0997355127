import { describe, expect, it } from '@jest/globals';
import { emailNotifier } from '../../../service/config/sections/notifiers/email.ts';
import { createEmail } from '../../../service/notify/email/email.ts';
import { anEvent } from '../../support/events.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { startMailServer } from '../../support/mail-server.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

const patience = new AbortController().signal;

describe('createEmail', () => {
  it.each([
    [{}, 'mail.example.org'],
    [{ hello: 'pod-7.example.net' }, 'pod-7.example.net'],
  ])('introduces itself, with the settings %j, as %s', async (settings, hello) => {
    const server = await startMailServer();
    const email = createEmail(
      emailNotifier.parse({
        name: 'operators',
        type: 'email',
        host: '127.0.0.1',
        port: server.port,
        insecure: true,
        from: 'GE Heartbeat <heartbeat@mail.example.org>',
        to: ['ops@example.org'],
        ...settings,
      }),
      { clock: createFakeClock(), log: createRecordedLog().log },
    );
    const outcome = await email.deliver([anEvent()], patience);
    await server.stop();
    expect(outcome).toMatchObject({ kind: 'delivered' });
    expect(server.received).toMatchObject([{ hello }]);
  });
});
