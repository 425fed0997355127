/** A command of the actor, and its argument if it has one. */
export type ActorCommand = {
  readonly name: string;
  readonly help: string;
  readonly argument?: {
    readonly name: string;
    readonly label: string;
    readonly isRequired: boolean;
  };
};

/** All commands, in the order of the help. */
export const actorCommands: readonly ActorCommand[] = [
  {
    name: 'get-command-model',
    help: 'Returns a dictionary representation of the command using ``unclick``.',
    argument: { name: 'command_name', label: 'COMMAND-NAME', isRequired: false },
  },
  { name: 'get_schema', help: 'Returns the schema of the actor as a JSON schema.' },
  {
    name: 'help',
    help: 'Shows the help.',
    argument: { name: 'parser_command', label: 'PARSER-COMMAND', isRequired: false },
  },
  {
    name: 'keyword',
    help: 'Prints human-readable information about a keyword.',
    argument: { name: 'keyword', label: 'KEYWORD', isRequired: true },
  },
  { name: 'ping', help: 'Pings the actor.' },
  {
    name: 'set',
    help: 'Sets the heartbeat for a component.',
    argument: { name: 'heartbeat', label: 'heartbeat', isRequired: true },
  },
  { name: 'status', help: 'Outputs the status of the heartbeats.' },
  { name: 'version', help: 'Reports the version.' },
];

const options = ['Options:', '  --help  Show this message and exit.'];

/** Help of the actor, one text a line. */
export const actorHelp = (actor: string): string[] => [
  `Usage: ${actor} [OPTIONS] COMMAND [ARGS]...`,
  '',
  ...options,
  '',
  'Commands:',
  ...actorCommands.map(({ name, help }) => `  ${name.padEnd(17)}  ${shorten(help)}`),
];

/** Longest help text in a list of commands. */
const maxShortHelp = 51;

function shorten(help: string): string {
  if (help.length <= maxShortHelp) return help;
  const cut = help.slice(0, maxShortHelp);
  return `${cut.slice(0, cut.lastIndexOf(' '))}...`;
}

export function commandHelp(actor: string, { name, help, argument }: ActorCommand): string[] {
  const label = argument?.name.toUpperCase() ?? '';
  const operand = argument === undefined ? '' : argument.isRequired ? ` ${label}` : ` [${label}]`;
  return [`Usage: ${actor} ${name} [OPTIONS]${operand}`, '', `  ${help}`, '', ...options];
}

const helpOption = {
  name: '_click_default_help',
  param_type_name: 'option',
  opts: ['--help'],
  secondary_opts: [],
  type: { param_type: 'Bool', name: 'boolean' },
  required: false,
  nargs: 1,
  multiple: false,
  default: false,
  envvar: null,
  help: 'Show this message and exit.',
  prompt: null,
  is_flag: true,
  flag_value: true,
  count: false,
  hidden: false,
};

/** Model of a command, as clu's programs describe theirs. */
export const commandModel = ({ name, help, argument }: ActorCommand) => ({
  name,
  params: [
    ...(argument === undefined
      ? []
      : [
          {
            name: argument.name,
            param_type_name: 'argument',
            opts: [argument.label],
            secondary_opts: [],
            type: { param_type: 'String', name: 'text' },
            required: argument.isRequired,
            nargs: 1,
            multiple: false,
            default: null,
            envvar: null,
            help: null,
          },
        ]),
    helpOption,
  ],
  help,
  epilog: null,
  short_help: null,
  hidden: false,
  deprecated: false,
});

export const actorModel = () => ({
  name: 'command-parser',
  params: [helpOption],
  help: null,
  epilog: null,
  short_help: null,
  hidden: false,
  deprecated: false,
  commands: Object.fromEntries(
    actorCommands.map((command) => [command.name, commandModel(command)]),
  ),
  chain: false,
});
