import { readySchema } from '../../contract/api/health.ts';
import type { CliCommand } from '../command.ts';

/** For health checks of containers, whose images need no other program. */
export function addHealthCommand(program: CliCommand): void {
  program
    .command('health')
    .description('check that the service is ready to accept heartbeats; exit code 0 if it is')
    .onService(async ({ remote, screen }) => {
      const { status } = await remote.request({ path: '/health/ready' }, readySchema);
      await screen.write(`${status}\n`);
    })
    .examples('ge-heartbeat health', 'ge-heartbeat health --url https://heartbeat:8080');
}
