import { text } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { z } from 'zod';
import { tokenEntry } from '../../config/sections/auth.ts';
import { grants } from '../../contract/access/caller.ts';
import { createToken, hashToken } from '../../contract/access/token.ts';
import { type TokenResponse, tokensSchema } from '../../contract/api/access/token.ts';
import { type CliCommand, enumListOption } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { printRows, type RowOutput } from '../output/rows.ts';
import { standardOutput } from '../output/screen.ts';

export function addTokenCommand(program: CliCommand): void {
  const token = program
    .command('token')
    .description('create and list tokens, which authorize clients');
  const scopes = enumListOption('--scopes <scopes>', grants, 'permissions');
  token
    .command('new')
    .description('create a token; prints it, and its entry for the configuration')
    .requiredOption('--name <name>', 'name of the client, for logs')
    .addOption(scopes.argParser(parseList).makeOptionMandatory())
    .option(
      '--components <globs>',
      'components for which it may send heartbeats, separated by commas; default: all',
      parseList,
    )
    .option('--expires <time>', 'expiry: 2027-01-31 or 2027-01-31T12:00:00Z')
    .option('--json', 'print JSON')
    .action(printNewToken)
    .examples(
      'ge-heartbeat token new --name orion-emitters --scopes ingest --components "Orion*"',
      'ge-heartbeat token new --name ops --scopes read,admin --expires 2035-01-31',
    );
  token
    .command('hash')
    .description('read a token from standard input and print its hash')
    .action(printHash)
    .examples('ge-heartbeat token hash < token.txt');
  token
    .command('list')
    .description('list the tokens of the service, and when each was last used')
    .format()
    .onService(async ({ remote, screen, format }) => {
      const { tokens } = await remote.request({ path: '/api/v1/tokens' }, tokensSchema);
      await printRows(tokens, format, output, screen);
    })
    .examples('ge-heartbeat token list');
}

type NewTokenOptions = {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly components?: readonly string[];
  readonly expires?: string;
  readonly json?: true;
};

/** The service receives the hash alone: the token is printed here and nowhere else. */
async function printNewToken(options: NewTokenOptions): Promise<void> {
  const { name, scopes, components, expires, json } = options;
  const { token, hash } = createToken();
  const entry = { name, hash, scopes, components, expiresAt: expires };
  checkEntry(entry);
  await standardOutput().write(
    json
      ? `${JSON.stringify({ token, entry })}\n`
      : `The token, which is not shown again:\n\n  ${token}\n\n` +
          `Its entry for auth.tokens, or for the file that auth.tokensFile names:\n\n` +
          `${stringify([entry]).replaceAll(/^/gm, '  ').trimEnd()}\n`,
  );
}

const options: Readonly<Record<string, string>> = { expiresAt: 'expires' };

function checkEntry(entry: object): void {
  const { error } = tokenEntry.safeParse(entry);
  if (!error) return;
  const lines = error.issues.map(({ path: [key] }) => {
    const schema = Object.entries(tokenEntry.shape).find(([name]) => name === key)?.[1];
    const { data } = z.object({ expects: z.string() }).safeParse(schema?.meta());
    return `--${options[String(key)] ?? String(key)}: expected ${data?.expects ?? 'something else'}.`;
  });
  throw new CliFailure(exitCodes.usage, [...new Set(lines)].join('\n'));
}

async function printHash(): Promise<void> {
  if (process.stdin.isTTY) process.stderr.write('The token, then Enter and Ctrl-D:\n');
  const hash = hashToken((await text(process.stdin)).trim());
  if (hash === undefined) {
    throw new CliFailure(
      exitCodes.usage,
      'That is no token of this service: expected hb_<id>_<secret>.',
      'ge-heartbeat token new creates one.',
    );
  }
  await standardOutput().write(`${hash}\n`);
}

function parseList(list: string): string[] {
  const parts = list.split(',').filter((part) => part !== '');
  if (parts.length > 0) return parts;
  throw new InvalidArgumentError('Expected at least one.');
}

const output: RowOutput<TokenResponse> = {
  fields: [
    { key: 'id', kind: 'id' },
    { key: 'name' },
    { key: 'scopes' },
    { key: 'components' },
    {
      key: 'expiresAt',
      title: 'expires',
      kind: 'time',
      colour: ({ isExpired }) => (isExpired ? 'red' : undefined),
    },
    { key: 'isExpired' },
    { key: 'lastUsed', title: 'last used', kind: 'time' },
  ],
  inTable: ['id', 'name', 'scopes', 'components', 'expiresAt', 'lastUsed'],
  empty: 'No tokens: the service is open to all clients that reach it.',
};
