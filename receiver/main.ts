import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { startReceiver } from './receiver.ts';

const description =
  'Prints the messages that notifiers send, a line for each event: CloudEvents of a webhook, one by ' +
  'one or in batches, messages for Slack, alerts for an Alertmanager.';

type Given = { host: string; port: number; secret: string[]; fail: number };

const upTo =
  (max: number) =>
  (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${max}.`);
  };

function toHost(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected an address.');
}

function addSecret(text: string, others: string[]): string[] {
  if (/^whsec_[A-Za-z0-9+/]+=*$/.test(text)) return [...others, text];
  throw new InvalidArgumentError('Expected whsec_ and base64.');
}

/** Throws a `CommanderError` for wrong arguments and for `--help`, after it has printed the text. */
function readArguments(args: readonly string[]): Given {
  const failures = 'return 500 for the first <n> messages';
  const secrets =
    'check signatures with this secret of the webhook, and reject messages without a valid one; ' +
    'may be repeated';
  return new Command('npm run receiver --')
    .description(description)
    .helpOption('-h, --help', 'print this text')
    .option('--host <address>', 'address to listen on', toHost, '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', upTo(65_535), 9000)
    .addOption(new Option('--secret <whsec>', secrets).argParser(addSecret).default([], 'none'))
    .option('--fail <n>', failures, upTo(Number.MAX_SAFE_INTEGER), 0)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Given>();
}

/** The exit code: 0 after a signal, 2 if it could not start. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const { host, port, secret, fail } = readArguments(args);
    const print = (line: string) => void process.stdout.write(`${line}\n`);
    const options = { host, port, secrets: secret, failures: fail, print };
    const receiver = await startReceiver(options);
    print(`Listening on ${receiver.url}`);
    await untilSignal();
    await receiver.close();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

process.exitCode = await main(process.argv.slice(2));
