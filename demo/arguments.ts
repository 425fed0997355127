import { Command, InvalidArgumentError, Option } from 'commander';

export type Arguments = {
  /** Infinity: until the demo is interrupted. */
  readonly forSeconds: number;
  /** Port of the service; 0 takes a free one. */
  readonly port: number;
  /** Folder for databases and logs; without it a temporary one is used and removed. */
  readonly keepData?: string;
  readonly hasIncidents: boolean;
};

const description =
  'Runs GE Heartbeat with simulated components, a mock of Keystone and Monasca, and a receiver of ' +
  'notifications. The exit code is 0 only if every accepted heartbeat is in Monasca and every ' +
  'notification has arrived.';

/** Shorter than the longest delay of a timer in Node. */
const maxSeconds = 24 * 3_600;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function toSeconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit || 's'] ?? 1);
  if (seconds > 0 && seconds <= maxSeconds) return seconds;
  throw new InvalidArgumentError('Expected a time such as 20s, 90 or 2m, at most 24h.');
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}

/** Throws a `CommanderError` for wrong arguments and for `--help`, after it has printed the text. */
export function readArguments(args: readonly string[]): Arguments {
  const time = new Option('--for <time>', 'end after 20s, 90 (seconds), 2m, …');
  const {
    for: forSeconds,
    incidents,
    ...others
  } = new Command('npm run demo --')
    .description(description)
    .helpOption('-h, --help', 'print this text')
    .addOption(time.argParser(toSeconds).default(Number.POSITIVE_INFINITY, 'at Ctrl-C'))
    .option('--port <port>', 'port of the service; 0 takes a free one', toPort, 8080)
    .option('--keep-data <folder>', 'keep databases and logs in this folder')
    .option('--no-incidents', 'nothing crashes, and Monasca stays available')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<{ for: number; port: number; keepData?: string; incidents: boolean }>();
  return { ...others, forSeconds, hasIncidents: incidents };
}
