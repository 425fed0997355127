import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import type { AgentSources } from '../agent/config/load.ts';
import { withCommonOptions } from './common-options.ts';
import { CliFailure, exitCodes } from './failure.ts';

type Options = {
  readonly config?: string;
  readonly pipelineHeartbeat?: string;
  readonly check?: boolean;
};

/**
 * The program with this command alone. The agent runs all the time, also on small machines: without
 * the other commands it needs a third less memory.
 */
export function createAgentProgram(): Command {
  const program = withCommonOptions(new Command('ge-heartbeat'));
  addAgentCommand(program);
  return program;
}

export function addAgentCommand(program: Command): void {
  program
    .command('agent')
    .description('check what runs on this machine, and send heartbeats for what is OK')
    .option('--config <file>', 'settings and probes of the agent (YAML)')
    .option(
      '--pipeline-heartbeat <file>',
      "file of pipeline-heartbeat's publisher, whose messages are published to the broker of RABBITMQ_*",
    )
    .option('--check', 'report all problems of the files, without starting the agent')
    .addHelpText('after', '\nSIGHUP reads the files again, all or nothing.')
    .action(async ({ config, pipelineHeartbeat, check = false }: Options) => {
      if (config === undefined && pipelineHeartbeat === undefined) {
        const message = 'One of --config and --pipeline-heartbeat is needed.';
        throw new CliFailure(exitCodes.usage, message);
      }
      const sources = { file: config, publisherFile: pipelineHeartbeat, env: process.env };
      if (check) return checkFiles(sources);
      // Objects of a check live for milliseconds: a small space for new ones saves 30 MB.
      setFlagsFromString('--semi-space-growth-factor=1');
      const { runAgent } = await import('../agent/run.ts');
      await runAgent(sources);
    });
}

async function checkFiles(sources: AgentSources): Promise<void> {
  const { loadAgent } = await import('../agent/config/load.ts');
  const loaded = loadAgent(sources);
  if (loaded.kind === 'problems') {
    const { formatProblems } = await import('../config/problem.ts');
    throw new CliFailure(exitCodes.configuration, formatProblems(loaded.problems).trimEnd());
  }
  process.stdout.write(`The configuration is valid; probes: ${loaded.settings.probes.length}.\n`);
}
