import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type CliProcess, startCli } from '../support/cli.ts';
import { untilResult } from '../support/until.ts';

export type AgentProcess = CliProcess & {
  /** Lines of its log so far. */
  lines(): Record<string, unknown>[];
  /** Resolves when the log has a line with this text. */
  logged(text: string): Promise<Record<string, unknown>>;
};

const path = { PATH: process.env['PATH'] ?? '' };

/** Writes a configuration whose spool is in the same folder; returns the file. */
export function writeConfig(folder: string, config: object): string {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, stringify({ spool: { folder: join(folder, 'spool') }, ...config }));
  return file;
}

/** The command `ge-heartbeat agent` as a process; killed after the test file. */
export function startAgent(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): AgentProcess {
  const agent = startCli(['agent', ...args], { ...path, ...env });
  const lines = () =>
    agent
      .out()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Record<string, unknown> => JSON.parse(line));
  const logged = async (text: string) => {
    const found = await untilResult(
      () => lines().find(({ msg }) => msg === text) ?? { none: agent.out() + agent.err() },
      (line) => !('none' in line),
      { wanted: text },
    );
    return found;
  };
  return { ...agent, lines, logged };
}
