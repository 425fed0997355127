import { type Command, InvalidArgumentError, Option } from 'commander';
import { createScreen, type Screen } from '../output/screen.ts';
import { type Format, formats } from '../output/show.ts';
import { createRemote, type Remote } from './remote.ts';

/** What every command that talks to a service can be told. */
export type RemoteOptions = {
  readonly url: string;
  readonly token?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeout: number;
  readonly format?: Format;
};

/** What such a command works with. */
export type Session = {
  readonly remote: Remote;
  readonly screen: Screen;
  readonly format: Format;
};

const defaultUrl = 'http://127.0.0.1:8080';

export function withRemote(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'where the service is').env('HEARTBEAT_URL').default(defaultUrl),
    )
    .addOption(
      new Option('--token <token>', 'what lets you in; others see it in the list of processes').env(
        'HEARTBEAT_TOKEN',
      ),
    )
    .option('--ca <file>', 'certificates (PEM) to trust instead of the well-known ones')
    .option('--cert <file>', 'your own certificate (PEM), where the service asks for one')
    .option('--key <file>', 'its key')
    .addOption(
      new Option('--timeout <seconds>', 'for an answer to begin').default(30).argParser(seconds),
    );
}

/** For a command whose answer is rows. */
export const withFormat = (command: Command): Command =>
  command.addOption(
    new Option(
      '--format <format>',
      'how to print; default: a table on a terminal, else JSON',
    ).choices(formats),
  );

export function openSession({ format, url, ...options }: RemoteOptions): Session {
  const screen = createScreen(process.stdout, process.env);
  return {
    screen,
    // A variable that is empty counts as not set.
    remote: createRemote({ ...options, url: url || defaultUrl, token: options.token || undefined }),
    format: format ?? (screen.isTerminal ? 'table' : 'json'),
  };
}

/** One value or several with commas between: the service says what is wrong with them. */
export function severalOf(flags: string, values: readonly string[], description: string): Option {
  const option = new Option(flags, `${description}, with commas between`);
  option.argChoices = [...values];
  return option;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 3_600) return value;
  throw new InvalidArgumentError('Expected 1 to 3600 seconds.');
}

export function whole(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new InvalidArgumentError('Expected a whole number from 1 on.');
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};

/** In seconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const value = Number(count) * (unitSeconds[unit] ?? 0);
  if (value >= 1) return value;
  throw new InvalidArgumentError('Expected a duration such as 90s, 30m, 2h or 1d.');
}

/** `24h` is short for `now-24h`. */
export const moment = (text: string): string => (/^\d+[smhdw]$/.test(text) ? `now-${text}` : text);

/** Globs: a shell takes them for names of files, unless they are quoted. */
export function withIdentityFilter(command: Command): Command {
  return command
    .option('--name <glob>', 'only components with this name')
    .option('--version <glob>', 'only this version')
    .option('--instance <glob>', 'only this instance');
}

export type IdentityFilter = {
  readonly name?: string;
  readonly version?: string;
  readonly instance?: string;
};

export function examples(command: Command, lines: readonly string[]): Command {
  const text = lines.map((line) => `  $ ${line}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}
