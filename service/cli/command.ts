import { Command, InvalidArgumentError, Option, type OptionValues } from 'commander';
import { parseDuration } from '../contract/values/duration.ts';
import { type OutputFormat, outputFormats, printRows, type RowOutput } from './output/rows.ts';
import { type Screen, standardOutput } from './output/screen.ts';
import { createRemote, type Remote, type RemoteList } from './remote/remote.ts';
import type { RequestQuery } from './remote/request.ts';

/** A list of the service, and how it is printed. */
export type Listing<Row> = Omit<RemoteList<Row>, 'query' | 'limit'> & RowOutput<Row>;

/** What a command needs to send requests to a service. */
export type CommandContext<Options = object> = {
  readonly remote: Remote;
  readonly screen: Screen;
  readonly format: OutputFormat;
  readonly options: Options;
  /** The options that are parameters of the request, by the names of the service. */
  readonly query: RequestQuery;
  /** Maximum of rows, if there is one. */
  readonly limit: number | undefined;
};

const defaultUrl = 'http://127.0.0.1:8080';

/** Rows of a table without `--limit`. */
const maxTableRows = 100;

/** A command of `ge-heartbeat`; adds the options that several of them have. */
export class CliCommand extends Command {
  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  /** Examples in the help, which tests run. */
  examples(...lines: readonly string[]): this {
    const text = lines.map((line) => `  $ ${line}`).join('\n');
    return this.addHelpText('after', `\nExamples:\n${text}`);
  }

  choice(flags: string, choices: readonly string[], description: string): this {
    return this.addOption(new Option(flags, description).choices(choices));
  }

  enumList(flags: string, values: readonly string[], description: string): this {
    return this.addOption(enumListOption(flags, values, description));
  }

  component(): this {
    return this.option('--name <glob>', 'filter by component name').option(
      '--version <glob>',
      'filter by component version',
    );
  }

  instance(): this {
    return this.option('--instance <glob>', 'filter by instance');
  }

  period(): this {
    return this.option(
      '--since <time>',
      'start of the period, such as 24h or 2026-01-31; default: 24h',
      parseTime,
    ).option('--until <time>', 'end of the period; default: now', parseTime);
  }

  timeZone(): this {
    return this.option(
      '--tz <zone>',
      'time zone of dates and days, such as Europe/Zurich; default: UTC',
    );
  }

  limit(rows = 'rows'): this {
    const description = `maximum number of ${rows}; default: ${maxTableRows} in a table, otherwise all`;
    return this.option('--limit <n>', description, parseInteger);
  }

  format(): this {
    const description = 'output format; default: table on a terminal, otherwise json';
    return this.choice('--format <format>', outputFormats, description).option(
      '--excel',
      'print CSV for Excel, with a byte order mark',
    );
  }

  /** Prints a list of the service. */
  lists<Row>(listing: Listing<Row>): this {
    return this.format().onService(async ({ remote, screen, format, query, limit }) =>
      printRows(remote.list({ ...listing, query, limit }), format, listing, screen),
    );
  }

  /** Adds the options of the connection; `run` gets the context and the operands. */
  onService<Options extends OptionValues, Operands extends unknown[]>(
    run: (context: CommandContext<Options>, ...operands: Operands) => Promise<void>,
  ): this {
    const url = new Option('--url <url>', 'address of the service')
      .env('HEARTBEAT_URL')
      .default(defaultUrl);
    const token = new Option(
      '--token <token>',
      'token; visible to other users in the list of processes',
    ).env('HEARTBEAT_TOKEN');
    const timeout = new Option('--timeout <seconds>', 'time until a response begins')
      .argParser(parseTimeout)
      .default(30);
    return this.addOption(url)
      .addOption(token)
      .option('--ca <file>', 'certificates (PEM) to trust instead of the well-known ones')
      .option('--cert <file>', 'client certificate (PEM), if the service requires one')
      .option('--key <file>', 'private key of the client certificate (PEM)')
      .addOption(timeout)
      .action((...operands: Operands) => run(this.#context(), ...operands));
  }

  #context<Options extends OptionValues>(): CommandContext<Options> {
    const screen = standardOutput();
    const { url, token, ca, cert, key, timeout, since, until, ...others } = this.opts();
    const { format: chosen, excel, limit, ...filters } = others;
    const format = excel ? 'excel' : (chosen ?? (screen.isTerminal ? 'table' : 'json'));
    const isLimited = this.options.some(({ long }) => long === '--limit');
    return {
      screen,
      format,
      options: this.opts<Options>(),
      query: { ...filters, from: since, to: until },
      limit: limit ?? (isLimited && format === 'table' ? maxTableRows : undefined),
      // A variable that is empty counts as not set.
      remote: createRemote({
        url: url || defaultUrl,
        token: token || undefined,
        ...{ ca, cert, key, timeout },
      }),
    };
  }
}

/** An option for one or several of the values, which the service validates. */
export function enumListOption(
  flags: string,
  values: readonly string[],
  description: string,
): Option {
  const option = new Option(flags, `${description}, separated by commas`);
  option.argChoices = [...values];
  return option;
}

function parseTimeout(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 3_600) return value;
  throw new InvalidArgumentError('Expected 1 to 3600 seconds.');
}

export function parseInteger(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1 on.');
}

/** A time, or a duration before now: `24h` is short for `now-24h`. */
const parseTime = (text: string): string =>
  parseDuration(text) === undefined ? text : `now-${text}`;

/** Splits `key=value`. */
export function parsePair(text: string, expected: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new InvalidArgumentError(`Expected ${expected}.`);
}
