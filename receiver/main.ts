import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Receiver, type ReceiverOptions, startReceiver } from './receiver.ts';

const usage = `Usage: npm run receiver -- [options]

Prints what notifiers send: CloudEvents of a webhook, one by one or in batches, messages for Slack,
alerts for an Alertmanager. A line each.

  --host ADDRESS    where to listen (default 127.0.0.1)
  --port PORT       default 9000; 0 takes any free port
  --secret WHSEC    check signatures with this secret of the webhook, and refuse what has no good
                    one; may be given several times
  --fail N          answer 500 to the first N messages
  -h, --help        this text
`;

const argumentsSchema = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(9000),
  secret: z
    .array(z.string().regex(/^whsec_[A-Za-z0-9+/]+=*$/, 'expected whsec_ and base64'))
    .default([]),
  fail: z.coerce.number().int().min(0).default(0),
});

/** The exit code: 0 after a signal, 2 when it could not start. */
async function main(args: string[]): Promise<number> {
  let options: ReceiverOptions | undefined;
  try {
    options = readArguments(args);
  } catch (error) {
    return giveUp(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  if (options === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  let receiver: Receiver;
  try {
    receiver = await startReceiver(options);
  } catch (error) {
    return giveUp(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  process.stdout.write(`Listening on ${receiver.url}\n`);
  await signal();
  await receiver.close();
  return 0;
}

/** undefined: help is wanted. Throws what is wrong. */
function readArguments(args: string[]): ReceiverOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      host: { type: 'string' },
      port: { type: 'string' },
      secret: { type: 'string', multiple: true },
      fail: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const read = argumentsSchema.safeParse(values);
  if (!read.success) {
    const problems = read.error.issues.map(
      ({ path, message }) => `--${String(path[0])}: ${message}`,
    );
    throw new Error(problems.join('\n'));
  }
  const { host, port, secret, fail } = read.data;
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  return { host, port, secrets: secret, failures: fail, print };
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

function giveUp(message: string): number {
  process.stderr.write(message);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
