import type { CliCommand } from './command.ts';
import { CliFailure, exitCodes } from './failure.ts';

type Options = { readonly config?: string; readonly pipelineHeartbeat?: string };

export function addAgentCommand(program: CliCommand): void {
  program
    .command('agent')
    .description('check what runs on this machine, and send heartbeats for what is OK')
    .option('--config <file>', 'settings and probes of the agent (YAML)')
    .option(
      '--pipeline-heartbeat <file>',
      "file of pipeline-heartbeat's publisher, whose messages are published to the broker of RABBITMQ_*",
    )
    .addHelpText('after', '\nSIGHUP reads the files again, all or nothing.')
    .action(async ({ config, pipelineHeartbeat }: Options) => {
      if (config === undefined && pipelineHeartbeat === undefined) {
        const message = 'One of --config and --pipeline-heartbeat is needed.';
        throw new CliFailure(exitCodes.usage, message);
      }
      const { runAgent } = await import('../agent/run.ts');
      await runAgent({ file: config, publisherFile: pipelineHeartbeat, env: process.env });
    });
}
