import type { Command } from 'commander';
import { notificationTestSchema } from '../../contract/api/notification.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { safeLine } from '../output/safe-text.ts';
import { addExamples, openContext, type RemoteOptions, withRemote } from '../remote/options.ts';

/** A notifier may be slow, and the service waits for it. */
const timeoutSeconds = 60;

export function addNotifyCommand(program: Command): void {
  const notify = program.command('notify').description('test notifiers');
  const test = notify
    .command('test')
    .description('send a test event through a notifier and print the result')
    .argument('<notifier>', 'name of the notifier in the configuration');
  withRemote(test).action(async (notifier: string, options: RemoteOptions) => {
    const { remote, screen } = openContext(options);
    const path = '/api/v1/notifications/test';
    const { outcome, detail } = await remote.request(
      { method: 'POST', path, body: { notifier }, timeoutSeconds },
      notificationTestSchema,
    );
    if (outcome === 'delivered') {
      await screen.write(`${safeLine(detail)}\n`);
      return;
    }
    const exitCode = outcome === 'retry' ? exitCodes.unavailable : exitCodes.failure;
    throw new CliFailure(
      exitCode,
      detail,
      'Is the notifier configured correctly? See docs/configuration.md.',
    );
  });
  addExamples(test, ['ge-heartbeat notify test on-call']);
}
