import type { Command, Option } from 'commander';
import type { CliCommand } from './command.ts';

/** A completion of the last word of a command line. */
type Candidate = { readonly value: string; readonly description: string };

/** `complete` prints a script for a shell; the script runs `__complete` for the candidates. */
export function addCompleteCommand(program: CliCommand): void {
  const shells = program.createArgument('<shell>', 'name of the shell');
  program
    .command('complete')
    .description('print a script that makes a shell complete commands and options')
    .addArgument(shells.choices(Object.keys(scripts)))
    .action((shell: string) => {
      process.stdout.write(scripts[shell] ?? '');
    })
    .examples(
      'source <(ge-heartbeat complete bash)',
      'source <(ge-heartbeat complete zsh)',
      'ge-heartbeat complete fish | source',
    );
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      const lines = candidates(program, words).map(
        ({ value, description }) => `${value}\t${description}\n`,
      );
      process.stdout.write(lines.join(''));
    });
}

/** Completions of the last word, of which a part may be typed already. */
export function candidates(program: Command, typed: readonly string[]): Candidate[] {
  // bash passes the equals sign of `--format=csv` as a word of its own.
  const words = typed.filter((word, index) => word !== '=' || index === typed.length - 1);
  const last = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const { command, operands, pendingOption } = walk(program, words.slice(0, -1));
  const [name, value] = splitOption(last);
  const option = value === undefined ? pendingOption : findOption(command, name);
  const prefix = value === undefined ? '' : `${name}=`;
  const all = option
    ? withoutDescription(option.argChoices?.map((choice) => prefix + choice))
    : last.startsWith('-')
      ? optionsOf(command)
      : operandsOf(command, operands);
  return all.filter((candidate) => candidate.value.startsWith(last));
}

/** The command that the words lead to, its operands so far, and the option without its value. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let operands = 0;
  let pendingOption: Option | undefined;
  for (const word of words) {
    if (pendingOption) {
      pendingOption = undefined;
    } else if (word.startsWith('-')) {
      const [name, value] = splitOption(word);
      const option = findOption(command, name);
      pendingOption = option && value === undefined && takesValue(option) ? option : undefined;
    } else {
      const inside: Command | undefined = command.commands.find((one) => one.name() === word);
      if (inside) command = inside;
      else operands += 1;
    }
  }
  return { command, operands, pendingOption };
}

function splitOption(word: string): [string, string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

const findOption = (command: Command, flag: string): Option | undefined =>
  command.options.find(({ long, short }) => long === flag || short === flag);

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const optionsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => ({ value: long ?? '', description }));

const withoutDescription = (values: readonly string[] = []): Candidate[] =>
  values.map((value) => ({ value, description: '' }));

function operandsOf(command: Command, index: number): Candidate[] {
  if (command.commands.length > 0) {
    return command
      .createHelp()
      .visibleCommands(command)
      .map((inside) => ({ value: inside.name(), description: inside.description() }));
  }
  return withoutDescription(command.registeredArguments[index]?.argChoices);
}

/** The typed words are passed on one by one and never evaluated. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# Completion of ge-heartbeat for bash: source <(ge-heartbeat complete bash)
_ge_heartbeat() {
  local IFS=$'\\n'
  COMPREPLY=($(ge-heartbeat __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _ge_heartbeat ge-heartbeat
`,
  zsh: `#compdef ge-heartbeat
# Completion of ge-heartbeat for zsh: source <(ge-heartbeat complete zsh)
_ge_heartbeat() {
  local value description
  local -a found
  ge-heartbeat __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null |
    while IFS=$'\\t' read -r value description; do
      found+=("\${value//:/\\\\:}:$description")
    done
  if (( \${#found} )); then _describe 'ge-heartbeat' found; else _files; fi
}
compdef _ge_heartbeat ge-heartbeat
`,
  fish: `# Completion of ge-heartbeat for fish: ge-heartbeat complete fish | source
function __ge_heartbeat
  set -l words (commandline -opc) (commandline -ct)
  ge-heartbeat __complete -- $words[2..-1] 2>/dev/null
end
complete -c ge-heartbeat -f -a '(__ge_heartbeat)'
`,
};
