import { packageVersion } from '../../../runtime/package.ts';
import {
  type ActorCommand,
  actorCommands,
  actorHelp,
  actorModel,
  commandHelp,
  commandModel,
} from './catalogue.ts';
import { readArguments, splitWords } from './command-line.ts';
import { pythonJson } from './python-json.ts';
import { describeKeyword, replySchema } from './schema.ts';

/** Codes of clu: running, done, failed, information, warning. */
export type ReplyCode = '>' | ':' | 'f' | 'i' | 'w';

export type ActorReply = {
  readonly code: ReplyCode;
  readonly body: object;
  /** For programs, not for people. */
  readonly isInternal?: true;
};

/** What a command needs beside its text. */
export type CommandParts = {
  readonly actor: string;
  /** Stores a heartbeat; resolves with the reply when it is on disk. */
  readonly set: (name: string) => Promise<ActorReply>;
  readonly status: () => object;
};

export const done = (body: object = {}): ActorReply => ({ code: ':', body });
export const failed = (error: string): ActorReply => ({ code: 'f', body: { error } });

/** All replies to a command behind the first one, `>`. */
export async function runCommand(text: string, parts: CommandParts): Promise<ActorReply[]> {
  const words = splitWords(text);
  if (words === undefined) return unparsable(text, 'ValueError: No closing quotation');
  const [name, ...rest] = words;
  if (name === undefined || name === '--help') return [done({ help: actorHelp(parts.actor) })];
  const command = actorCommands.find((known) => known.name === name);
  if (command === undefined) return unparsable(text, `NoSuchCommand: ${noSuchCommand(name)}`);
  const { values, wantsHelp } = readArguments(rest);
  if (wantsHelp) return [done({ help: commandHelp(parts.actor, command) })];
  const fault = argumentFault(command, values);
  if (fault !== undefined) return unparsable(text, fault);
  return run(command.name, values[0], parts);
}

async function run(
  name: string,
  value: string | undefined,
  { actor, set, status }: CommandParts,
): Promise<ActorReply[]> {
  switch (name) {
    case 'set':
      return [await set(value ?? '')];
    case 'status':
      return [done(status())];
    case 'ping':
      return [done({ text: 'Pong.' })];
    case 'version':
      return [done({ version: packageVersion() })];
    case 'get_schema':
      return [done({ schema: pythonJson(replySchema) })];
    case 'keyword':
      return keywordReplies(value ?? '');
    case 'get-command-model':
      return [modelReply(value)];
    default:
      return [helpReply(actor, value)];
  }
}

function keywordReplies(keyword: string): ActorReply[] {
  const lines = describeKeyword(keyword);
  if (lines === undefined) return [failed(`Keyword '${keyword}' is not part of the data model.`)];
  return [...lines.map((text): ActorReply => ({ code: 'i', body: { text } })), done()];
}

const commandOf = (name: string | undefined): ActorCommand | undefined =>
  actorCommands.find((command) => command.name === name);

function helpReply(actor: string, name: string | undefined): ActorReply {
  if (name === undefined) return done({ help: actorHelp(actor) });
  const command = commandOf(name);
  return command === undefined
    ? failed(`command ${name} not found.`)
    : done({ help: commandHelp(actor, command) });
}

function modelReply(name: string | undefined): ActorReply {
  if (name === undefined) return { ...done({ command_model: actorModel() }), isInternal: true };
  const command = commandOf(name);
  return command === undefined
    ? failed(`Command ${name} not found.`)
    : { ...done({ command_model: commandModel(command) }), isInternal: true };
}

const unparsable = (text: string, help: string): ActorReply[] => [
  { code: 'w', body: { help: [help] } },
  failed(`Command '${text}' does not exist or cannot be parsed.`),
];

function argumentFault({ argument }: ActorCommand, values: readonly string[]): string | undefined {
  const isMissing = argument?.isRequired && values.length === 0;
  if (isMissing) return `MissingParameter: Missing argument '${argument.label.toUpperCase()}'.`;
  const extra = values.slice(argument === undefined ? 0 : 1);
  if (extra.length === 0) return undefined;
  const noun = extra.length === 1 ? 'argument' : 'arguments';
  return `UsageError: Got unexpected extra ${noun} (${extra.join(' ')})`;
}

function noSuchCommand(name: string): string {
  const near = actorCommands
    .map((command) => command.name)
    .filter((known) => known.replaceAll('-', '_') === name.replaceAll('-', '_'));
  const advice = near.length === 0 ? '' : ` Did you mean '${near[0]}'?`;
  return `No such command '${name}'.${advice}`;
}
