import type { Command } from 'commander';
import { z } from 'zod';
import { examples, openSession, type RemoteOptions, withRemote } from '../remote/options.ts';

const readySchema = z.object({ status: z.literal('ready') });

/** For the health checks of containers, in whose images no other program has to be. */
export function addHealthCommand(program: Command): void {
  const health = program
    .command('health')
    .description('ask the service whether it is ready to take heartbeats; exit code 0 if it is');
  withRemote(health).action(async (options: RemoteOptions) => {
    const { remote, screen } = openSession(options);
    const { status } = await remote.ask({ path: '/health/ready' }, readySchema);
    await screen.write(`${status}\n`);
  });
  examples(health, ['ge-heartbeat health', 'ge-heartbeat health --url https://heartbeat:8080']);
}
