import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { hashId } from '../contract/access/token.ts';
import {
  type CertificateEntry,
  certificateEntry,
  type TokenEntry,
  tokenEntry,
} from './sections/auth.ts';

/** The configured tokens and certificates. */
export type AccessList = {
  readonly tokens: readonly TokenEntry[];
  readonly certificates: readonly CertificateEntry[];
};

export type AccessReading =
  | { readonly kind: 'access'; readonly access: AccessList }
  /** Safe to print: they quote nothing of the file. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

const fileSchema = z.strictObject({
  tokens: z.array(tokenEntry).default([]),
  certificates: z.array(certificateEntry).default([]),
});

/** Reads the entries of the configuration and of the file that it names, or all their faults. */
export function readAccess(auth: {
  readonly tokens: readonly TokenEntry[];
  readonly certificates: readonly CertificateEntry[];
  readonly tokensFile?: string | undefined;
}): AccessReading {
  const file = auth.tokensFile === undefined ? none : readAccessFile(auth.tokensFile);
  if (file.kind === 'problems') return file;
  const tokens = [...auth.tokens, ...file.access.tokens];
  const certificates = [...auth.certificates, ...file.access.certificates];
  const problems = twice(tokens.map(({ hash }) => hashId(hash.reveal()) ?? ''));
  return problems.length > 0
    ? { kind: 'problems', problems }
    : { kind: 'access', access: { tokens, certificates } };
}

const none: AccessReading = { kind: 'access', access: { tokens: [], certificates: [] } };

function readAccessFile(file: string): AccessReading {
  const content = contentOf(file);
  if ('problem' in content) return { kind: 'problems', problems: [content.problem] };
  const read = fileSchema.safeParse(content.value ?? {});
  if (read.data) return { kind: 'access', access: read.data };
  return { kind: 'problems', problems: read.error.issues.map(describe) };
}

function contentOf(file: string): { value: unknown } | { problem: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = Error.isError(error) && 'code' in error ? ` (${error.code})` : '';
    return { problem: `it cannot be read${code}` };
  }
  try {
    return { value: parseYaml(text, { prettyErrors: false, logLevel: 'error' }) };
  } catch {
    // The parser's messages quote the file.
    return { problem: 'it is neither YAML nor JSON' };
  }
}

/** Quotes only names of the schema, because a token may have been put anywhere by mistake. */
function describe({ path, code }: z.core.$ZodIssue): string {
  const place = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  const at = place.join('').replace(/^\./, '') || 'the file';
  if (code === 'unrecognized_keys') return `${at} has keys that are not known`;
  const key = path.findLast((step) => typeof step === 'string');
  return `${at}: expected ${expectations.get(String(key)) ?? 'something else'}`;
}

/** By key, from the metadata of the schema. */
const expectations: ReadonlyMap<string, string> = new Map([
  ['tokens', 'a list of tokens'],
  ['certificates', 'a list of certificates'],
  ...Object.entries({ ...tokenEntry.shape, ...certificateEntry.shape }).map(
    ([key, schema]): [string, string] => {
      const { expects } = z.object({ expects: z.string() }).parse(schema.meta() ?? {});
      return [key, expects];
    },
  ),
]);

function twice(ids: readonly string[]): string[] {
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  return [...new Set(repeated)].map((id) => `two tokens have the id ${id}`);
}
