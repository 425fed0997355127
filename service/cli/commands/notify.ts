import { notificationTestSchema } from '../../contract/api/delivery/notification.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { safeLine } from '../output/safe-text.ts';

export function addNotifyCommand(program: CliCommand): void {
  program
    .command('notify')
    .description('test notifiers')
    .command('test')
    .description('send a test event through a notifier and print the result')
    .argument('<notifier>', 'name of the notifier in the configuration')
    .onService(testNotifier)
    .examples('ge-heartbeat notify test on-call');
}

/** A notifier may be slow, and the service waits for it. */
const timeoutSeconds = 60;

async function testNotifier({ remote, screen }: CommandContext, notifier: string): Promise<void> {
  const path = '/api/v1/notifications/test';
  const { outcome, detail } = await remote.request(
    { method: 'POST', path, body: { notifier }, timeoutSeconds },
    notificationTestSchema,
  );
  if (outcome !== 'delivered') {
    const exitCode = outcome === 'retry' ? exitCodes.unavailable : exitCodes.failure;
    const hint = 'Is the notifier configured correctly? See docs/reference/configuration.md.';
    throw new CliFailure(exitCode, detail, hint);
  }
  await screen.write(`${safeLine(detail)}\n`);
}
