import { type Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { z } from 'zod';
import { tokenEntry } from '../../config/sections/auth.ts';
import { grants } from '../../contract/access/caller.ts';
import { createToken, hashToken } from '../../contract/access/token.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { createScreen } from '../output/screen.ts';
import { each, type Format, show, type View } from '../output/show.ts';
import { timeText } from '../output/words.ts';
import {
  examples,
  openSession,
  type RemoteOptions,
  severalOf,
  withFormat,
  withRemote,
} from '../remote/options.ts';
import { textOf } from '../remote/remote.ts';

export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('what lets callers in, and for how much');
  addNew(token);
  addHash(token);
  addList(token);
}

type NewOptions = {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly components?: readonly string[];
  readonly expires?: string;
  readonly format?: Format;
};

/** A token is made here and told once; the service is given its hash alone. */
function addNew(token: Command): void {
  const command = token
    .command('new')
    .description('make one: print it, and its entry for the configuration')
    .requiredOption('--name <name>', 'whose it is, for records')
    .addOption(
      severalOf('--scopes <scopes>', grants, 'what for').argParser(list).makeOptionMandatory(),
    )
    .option('--components <globs>', 'may send heartbeats only for these, with commas between', list)
    .option('--expires <time>', 'until when: 2027-01-31 or 2027-01-31T12:00:00Z')
    .option('--json', 'print JSON');
  command.action(
    async ({ name, scopes, components, expires, json }: NewOptions & { json?: true }) => {
      const { token: secret, hash } = createToken();
      const entry = { name, hash, scopes, components, expiresAt: expires };
      checkEntry(entry);
      const screen = createScreen(process.stdout, process.env);
      const known = JSON.parse(JSON.stringify(entry));
      await screen.write(
        json
          ? `${JSON.stringify({ token: secret, entry: known })}\n`
          : `The token, which is not shown again:\n\n  ${secret}\n\n` +
              `Its entry for auth.tokens, or for the file that auth.tokensFile names:\n\n` +
              `${stringify([known]).replaceAll(/^/gm, '  ').trimEnd()}\n`,
      );
    },
  );
  examples(command, [
    'ge-heartbeat token new --name orion-emitters --scopes ingest --components "Orion*"',
    'ge-heartbeat token new --name ops --scopes read,admin --expires 2035-01-31',
  ]);
}

const optionOf: Readonly<Record<string, string>> = { expiresAt: 'expires' };

function checkEntry(entry: object): void {
  const { error } = tokenEntry.safeParse(entry);
  if (!error) return;
  const lines = error.issues.map(({ path: [key] }) => {
    const schema = Object.entries(tokenEntry.shape).find(([name]) => name === key)?.[1];
    const { data } = z.object({ expects: z.string() }).safeParse(schema?.meta());
    return `--${optionOf[String(key)] ?? String(key)}: expected ${data?.expects ?? 'something else'}.`;
  });
  throw new CliFailure(exitCodes.usage, [...new Set(lines)].join('\n'));
}

function addHash(token: Command): void {
  const command = token
    .command('hash')
    .description('print the hash of a token, which is read from standard input');
  command.action(async () => {
    if (process.stdin.isTTY) process.stderr.write('The token, then Enter and Ctrl-D:\n');
    const hash = hashToken((await textOf(process.stdin)).trim());
    if (hash === undefined) {
      throw new CliFailure(
        exitCodes.usage,
        'That is no token of this service: expected hb_<id>_<secret>.',
        'ge-heartbeat token new makes one.',
      );
    }
    await createScreen(process.stdout, process.env).write(`${hash}\n`);
  });
  examples(command, ['ge-heartbeat token hash < token.txt']);
}

function addList(token: Command): void {
  const command = token
    .command('list')
    .description('those that the service knows, and when each was last used');
  withRemote(withFormat(command)).action(async (options: RemoteOptions) => {
    const { remote, screen, format } = openSession(options);
    const { tokens } = await remote.ask({ path: '/api/v1/tokens' }, listSchema);
    await show(each(tokens), format, view, screen);
  });
  examples(command, ['ge-heartbeat token list']);
}

function list(text: string): string[] {
  const parts = text.split(',').filter((part) => part !== '');
  if (parts.length > 0) return parts;
  throw new InvalidArgumentError('Expected at least one.');
}

const tokenSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  components: z.array(z.string()).optional(),
  expiresAt: z.string().optional(),
  isExpired: z.boolean().default(false),
  lastUsed: z.string().optional(),
});
type Token = z.infer<typeof tokenSchema>;
const listSchema = z.looseObject({ tokens: z.array(tokenSchema) });

const view: View<Token> = {
  columns: [
    { title: 'id', isWhole: true, text: ({ id }) => id },
    { title: 'name', text: ({ name }) => name },
    { title: 'scopes', text: ({ scopes }) => scopes.join(',') },
    { title: 'components', text: ({ components }) => components?.join(',') ?? '' },
    {
      title: 'expires',
      isWhole: true,
      text: ({ expiresAt }) => timeText(expiresAt),
      colour: ({ isExpired }) => (isExpired ? 'red' : undefined),
    },
    { title: 'last used', isWhole: true, text: ({ lastUsed }) => timeText(lastUsed) },
  ],
  cells: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    scopes: ({ scopes }) => scopes.join(' '),
    components: ({ components }) => components?.join(' '),
    expiresAt: ({ expiresAt }) => expiresAt,
    isExpired: ({ isExpired }) => isExpired,
    lastUsed: ({ lastUsed }) => lastUsed,
  },
  none: 'No tokens: whoever reaches the service may do everything.',
};
