import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Identity } from '../../contract/instance.ts';
import { parseDuration } from '../../contract/values/duration.ts';
import { type OutputFormat, outputFormats } from '../output/rows.ts';
import { type Screen, standardOutput } from '../output/screen.ts';
import { createRemote, type Remote } from './remote.ts';
import type { ConnectionOptions } from './request.ts';

/** Options of every command that sends requests to a service. */
export type RemoteOptions = ConnectionOptions & { readonly format?: OutputFormat };

export type IdentityOptions = Partial<Identity>;

/** Means of such a command. */
export type CommandContext = {
  readonly remote: Remote;
  readonly screen: Screen;
  readonly format: OutputFormat;
};

const defaultUrl = 'http://127.0.0.1:8080';

export function withRemote(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'address of the service').env('HEARTBEAT_URL').default(defaultUrl),
    )
    .addOption(
      new Option('--token <token>', 'token; visible to other users in the list of processes').env(
        'HEARTBEAT_TOKEN',
      ),
    )
    .option('--ca <file>', 'certificates (PEM) to trust instead of the well-known ones')
    .option('--cert <file>', 'client certificate (PEM), if the service requires one')
    .option('--key <file>', 'private key of the client certificate (PEM)')
    .addOption(
      new Option('--timeout <seconds>', 'time until a response begins')
        .default(30)
        .argParser(parseTimeout),
    );
}

/** For a command that prints rows. */
export const withFormat = (command: Command): Command =>
  command.addOption(
    new Option(
      '--format <format>',
      'output format; default: table on a terminal, otherwise json',
    ).choices(outputFormats),
  );

export function openContext({ format, url, token, ...options }: RemoteOptions): CommandContext {
  const screen = standardOutput();
  return {
    screen,
    // A variable that is empty counts as not set.
    remote: createRemote({ ...options, url: url || defaultUrl, token: token || undefined }),
    format: format ?? (screen.isTerminal ? 'table' : 'json'),
  };
}

/** Globs; a shell expands them to file names unless they are quoted. */
export const withIdentity = (command: Command): Command =>
  command
    .option('--name <glob>', 'filter by component name')
    .option('--version <glob>', 'filter by component version')
    .option('--instance <glob>', 'filter by instance');

export const withLimit = (command: Command, rows = 'rows'): Command =>
  command.option(
    '--limit <n>',
    `maximum number of ${rows}; default: 100 in a table, otherwise all`,
    parseInteger,
  );

/** Maximum of rows, if there is one. */
export const rowLimit = (
  { limit }: { readonly limit?: number },
  format: OutputFormat,
): number | undefined => limit ?? (format === 'table' ? 100 : undefined);

/** An option for one or several of the values. The service validates them. */
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

/** Splits `key=value`; throws with `expected`. */
export function parsePair(text: string, expected: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new InvalidArgumentError(`Expected ${expected}.`);
}

/** A time, or a duration before now: `24h` is short for `now-24h`. */
export const parseTime = (text: string): string =>
  parseDuration(text) === undefined ? text : `now-${text}`;

export function addExamples(command: Command, lines: readonly string[]): void {
  const text = lines.map((line) => `  $ ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}`);
}
