import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Grant } from '../../service/contract/access/caller.ts';
import { createToken } from '../../service/contract/access/token.ts';

export type TestToken = {
  readonly name: string;
  readonly id: string;
  readonly token: string;
  readonly hash: string;
  readonly scopes: readonly Grant[];
  readonly components?: readonly string[];
  readonly expiresAt?: string;
};

type Given = Pick<TestToken, 'scopes' | 'components' | 'expiresAt'>;

export const makeToken = (name: string, given: Given): TestToken => ({
  ...createToken(),
  name,
  ...given,
});

/** An entry of the configuration, without the token. */
export const entryOf = ({ token: _, id: __, ...entry }: TestToken) => entry;

/** Writes a file of tokens, in the place of the one that is there. */
export function writeTokens(folder: string, tokens: readonly TestToken[]): string {
  const file = join(folder, 'tokens.json');
  writeFileSync(file, JSON.stringify({ tokens: tokens.map(entryOf) }));
  return file;
}

export const bearer = ({ token }: TestToken) => ({ authorization: `Bearer ${token}` });
