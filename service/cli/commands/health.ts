import type { Command } from 'commander';
import { readySchema } from '../../contract/api/health.ts';
import { addExamples, openContext, type RemoteOptions, withRemote } from '../remote/options.ts';

/** For health checks of containers, whose images need no other program. */
export function addHealthCommand(program: Command): void {
  const health = program
    .command('health')
    .description('check that the service is ready to accept heartbeats; exit code 0 if it is');
  withRemote(health).action(async (options: RemoteOptions) => {
    const { remote, screen } = openContext(options);
    const { status } = await remote.request({ path: '/health/ready' }, readySchema);
    await screen.write(`${status}\n`);
  });
  addExamples(health, ['ge-heartbeat health', 'ge-heartbeat health --url https://heartbeat:8080']);
}
