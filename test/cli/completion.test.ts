import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { candidates } from '../../service/cli/completion.ts';
import { createProgram } from '../../service/cli/program.ts';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const values = (...words: string[]) => candidates(createProgram(), words).map(({ value }) => value);

describe('candidates', () => {
  it.each([
    ['commands', ['ins'], ['instances']],
    ['commands below commands', ['silence', ''], ['add', 'list', 'rm', 'help']],
    ['options', ['events', '--f'], ['--follow', '--format']],
    ['values of options', ['instances', '--format', ''], ['table', 'json', 'ndjson', 'csv']],
    ['values behind a sign', ['instances', '--format=c'], ['--format=csv']],
    ['values as bash divides them', ['instances', '--format', '=', 'c'], ['csv']],
    ['states', ['instances', '--state', 'r'], ['retired']],
    ['arguments', ['complete', 'z'], ['zsh']],
    ['nothing where anything may stand', ['instances', '--name', ''], []],
    ['nothing for what is not known', ['nothing', '--x'], []],
  ])('knows %s', (_, words, expected) => {
    expect(values(...words)).toEqual(expected);
  });

  it('knows every command, and hides its own', () => {
    expect(values('')).toEqual(expect.arrayContaining(['serve', 'active', 'complete']));
    expect(values('__')).toEqual([]);
  });

  it('goes on behind a value', () => {
    expect(values('instances', '--name', 'silence', '--sta')).toEqual(['--state']);
  });
});

/** Runs a shell that finds `ge-heartbeat` on its path; gives the lines that it prints. */
function linesOf(shell: string, args: readonly string[], script: string): string[] {
  const folder = temporaryFolder();
  const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));
  const command = join(folder, 'ge-heartbeat');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
  chmodSync(command, 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env['PATH']}`, HOME: folder };
  const run = spawnSync(shell, [...args, '-c', script], { encoding: 'utf8', env });
  expect(run.stderr).toBe('');
  return run.stdout.trimEnd().split('\n');
}

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

describeWith(['bash'], 'the completion script for bash', () => {
  const completed = (...words: string[]) =>
    linesOf(
      'bash',
      ['--norc'],
      `source <(ge-heartbeat complete bash) && source <(ge-heartbeat complete bash)
COMP_WORDS=(ge-heartbeat ${quoted(words)}); COMP_CWORD=${words.length}
_ge_heartbeat; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

  it('completes commands, options and values', () => {
    expect(completed('silence', 'a')).toEqual(['add']);
    expect(completed('events', '--foll')).toEqual(['--follow']);
    expect(completed('instances', '--format', '=', '')).toEqual(['table', 'json', 'ndjson', 'csv']);
  });

  it('runs nothing of what was typed', () => {
    const file = join(temporaryFolder(), 'made');
    const words = ['send', `$(touch ${file})`, `\`touch ${file}\``, '--int'];
    expect(completed(...words)).toEqual(['--interval']);
    expect(existsSync(file)).toBe(false);
  });
});

describeWith(['zsh'], 'the completion script for zsh', () => {
  const completed = (...words: string[]) =>
    linesOf(
      'zsh',
      ['-f'],
      `compdef() { :; }; _describe() { print -rl -- "\${(@P)2}"; }; _files() { print files; }
source <(ge-heartbeat complete zsh)
words=(ge-heartbeat ${quoted(words)}); CURRENT=${words.length + 1}
_ge_heartbeat`,
    );

  it('completes commands, options and values, and files elsewhere', () => {
    expect(completed('silence', 'a')).toEqual(['add:add a silence; prints it with its id']);
    expect(completed('instances', '--format', '')).toEqual(['table:', 'json:', 'ndjson:', 'csv:']);
    expect(completed('serve', '--config', '')).toEqual(['files']);
  });
});

describeWith(['fish'], 'the completion script for fish', () => {
  const completed = (line: string) =>
    linesOf('fish', ['--no-config'], `ge-heartbeat complete fish | source; complete -C '${line}'`);

  it('completes commands, options and values', () => {
    expect(completed('ge-heartbeat silence a')).toEqual([
      'add\tadd a silence; prints it with its id',
    ]);
    expect(completed('ge-heartbeat instances --format ')).toEqual([
      'csv',
      'json',
      'ndjson',
      'table',
    ]);
  });
});
