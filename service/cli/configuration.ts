import { Option } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { CliFailure, exitCodes } from './failure.ts';

export function configOption(): Option {
  return new Option('--config <file>', 'YAML file; or set HEARTBEAT_CONFIG');
}

/**
 * The configuration as the service would have it; throws with all that is wrong with it. Its schema
 * takes half of a start, and most commands do without: it is loaded when it is asked for.
 */
export async function configurationOf(file: string | undefined): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.ts');
  const { formatProblems } = await import('../config/problem.ts');
  const loaded = loadConfig({ env: process.env, file });
  if (loaded.kind === 'config') return loaded;
  throw new CliFailure(exitCodes.configuration, formatProblems(loaded.problems).trimEnd());
}
