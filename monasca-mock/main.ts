import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { seededAccounts } from './keystone/seed.ts';
import { type Mock, type MockOptions, startMock } from './mock.ts';

const usage = `Usage: npm run mock -- [options]

Keystone v3 and Monasca v2.0 in one process, for tests and demonstrations.

  --host ADDRESS            where to listen (default 127.0.0.1)
  --public-host NAME        how clients reach it, for the catalog (default: the host)
  --keystone-port PORT      default 5000; 0 takes any free port
  --monasca-port PORT       default 8070; 0 takes any free port
  --db FILE                 keep everything in this SQLite file (default: in memory)
  --token-lifetime SECONDS  default 3600
  --lockout-attempts N      lock an account after N failed logins (default 0: never)
  --lockout-seconds SECONDS for how long (default 1800)
  -h, --help                this text
`;

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().positive();
const argumentsSchema = z.object({
  host: z.string().min(1).optional(),
  'public-host': z.string().min(1).optional(),
  'keystone-port': port.default(5000),
  'monasca-port': port.default(8070),
  db: z.string().min(1).optional(),
  'token-lifetime': seconds.default(3600),
  'lockout-attempts': z.coerce.number().int().min(0).default(0),
  'lockout-seconds': seconds.default(1800),
});

/** The exit code: 0 after a signal, 2 if the mock could not start. */
async function main(args: string[]): Promise<number> {
  let options: MockOptions | undefined;
  try {
    options = readArguments(args);
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  if (options === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  let mock: Mock;
  try {
    mock = await startMock(options);
  } catch (error) {
    return fail(`${startProblem(error)}\n`);
  }
  process.stdout.write(announcement(mock));
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await mock.close();
  return 0;
}

/** Undefined for `--help`; throws for invalid arguments. */
function readArguments(args: string[]): MockOptions | undefined {
  const names = Object.keys(argumentsSchema.shape);
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const parsed = argumentsSchema.safeParse(values);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `--${path.join('')}: ${message}`,
    );
    throw new Error(problems.join('\n'));
  }
  const { host, db, 'public-host': publicHost } = parsed.data;
  return {
    ...(host && { host }),
    ...(publicHost && { publicHost }),
    ...(db && { databaseFile: db }),
    keystonePort: parsed.data['keystone-port'],
    monascaPort: parsed.data['monasca-port'],
    settings: {
      tokenLifetimeSeconds: parsed.data['token-lifetime'],
      lockoutAttempts: parsed.data['lockout-attempts'],
      lockoutSeconds: parsed.data['lockout-seconds'],
    },
  };
}

function startProblem(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.includes('EADDRINUSE')
    ? `${text}\nAnother program uses the port; choose others with --keystone-port and --monasca-port.`
    : text;
}

function announcement({ keystoneUrl, monascaUrl }: Mock): string {
  const accounts = seededAccounts.map(
    ({ user, password, project, role }) =>
      `  ${user.padEnd(6)} ${password.padEnd(13)} project ${project.padEnd(6)} role ${role}\n`,
  );
  return (
    `Keystone  ${keystoneUrl}\nMonasca   ${monascaUrl}\n` +
    `Control   ${new URL('/mock/faults', monascaUrl)}\n` +
    `Accounts (domain default, region RegionOne):\n${accounts.join('')}`
  );
}

function fail(message: string): number {
  process.stderr.write(message);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
