import { execFile } from 'node:child_process';
import { z } from 'zod';
import { findProgram } from './programs.ts';

/** Result of a run of the real `monasca` command; the code is 1 for an unexpected response. */
export type CommandResult = { code: number; stdout: string; stderr: string };

/** Account in the variables of every OpenStack client. */
export type OpenStackAccount = {
  authUrl: string;
  user?: string;
  password?: string;
  project?: string;
};

const tables = z.array(z.record(z.string(), z.unknown()));

/** Runs the command of Debian's python3-monascaclient as a process with the environment `env`. */
export function monascaCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const program = findProgram('monasca');
  if (program === undefined) throw new Error('monasca is not installed (python3-monascaclient)');
  const environment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TZ: 'UTC', ...env };
  return new Promise((resolve) => {
    execFile(program, args, { env: environment, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs the command with `-j`; returns the elements. Throws if the command fails. */
export async function monascaElements(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>[]> {
  const [command = '', ...rest] = args;
  const { code, stdout, stderr } = await monascaCommand([command, '-j', ...rest], env);
  if (code !== 0) throw new Error(`monasca ${args.join(' ')}: ${stderr}`);
  const parsed: unknown = JSON.parse(stdout);
  return tables.parse(Array.isArray(parsed) ? parsed : [parsed]);
}

export function openStackEnvironment(account: OpenStackAccount): Record<string, string> {
  return {
    OS_AUTH_URL: account.authUrl,
    OS_USERNAME: account.user ?? 'ge',
    OS_PASSWORD: account.password ?? 'ge-secret',
    OS_PROJECT_NAME: account.project ?? 'ge',
    OS_USER_DOMAIN_ID: 'default',
    OS_PROJECT_DOMAIN_ID: 'default',
    OS_REGION_NAME: 'RegionOne',
    OS_IDENTITY_API_VERSION: '3',
  };
}
