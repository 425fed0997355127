import type { Command } from 'commander';
import { z } from 'zod';
import { CliFailure, exitCodes } from '../failure.ts';
import { safeLine } from '../output/safe-text.ts';
import { examples, openSession, type RemoteOptions, withRemote } from '../remote/options.ts';

const resultSchema = z.looseObject({
  outcome: z.enum(['delivered', 'retry', 'rejected']),
  detail: z.string(),
});

/** A notifier may be slow; the service waits for it. */
const patience = 60;

export function addNotifyCommand(program: Command): void {
  const notify = program.command('notify').description('those who are told');
  const test = notify
    .command('test')
    .description('send a test event through one of them, and say what became of it')
    .argument('<notifier>', 'its name in the configuration');
  withRemote(test).action(async (notifier: string, options: RemoteOptions) => {
    const { remote, screen } = openSession(options);
    const path = '/api/v1/notifications/test';
    const request = { method: 'POST', path, body: { notifier }, patience } as const;
    const { outcome, detail } = await remote.ask(request, resultSchema);
    if (outcome === 'delivered') {
      await screen.write(`${safeLine(detail)}\n`);
      return;
    }
    const exitCode = outcome === 'retry' ? exitCodes.unavailable : exitCodes.failure;
    throw new CliFailure(
      exitCode,
      detail,
      'Is it configured right? See docs/reference/configuration.md.',
    );
  });
  examples(test, ['ge-heartbeat notify test on-call']);
}
