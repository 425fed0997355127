import type { HeraldConfig } from '../../config/sections/records/herald.ts';
import type { RecordField } from '../../contract/records/log-record.ts';
import type { RecordCandidate } from './fields/candidate.ts';
import { textOf } from './fields/python.ts';

type RecordIdentity = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

/** Version of components whose records name none. */
const unknownVersion = 'unknown';
const maxCharacters = 255;

/**
 * Identity of the instance that wrote a record: for each part the first of the configured fields that
 * the record has. Otherwise the name is that of the logger up to its first dot, and the instance the
 * address of the sender and the number of the process.
 */
export function createIdentify({ name, version, instance }: HeraldConfig['identity']) {
  return (candidate: RecordCandidate, address: string): RecordIdentity => {
    const { fields, logger = 'root' } = candidate;
    const process = textOf(fields['process']);
    return {
      name: firstOf(fields, name) ?? clean(logger.split('.')[0] ?? '') ?? 'root',
      version: firstOf(fields, version) ?? unknownVersion,
      instance:
        firstOf(fields, instance) ??
        clean(process === undefined ? address : `${address}/${process}`) ??
        address,
    };
  };
}

function firstOf(
  fields: Readonly<Record<string, RecordField>>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    if (!Object.hasOwn(fields, name)) continue;
    const text = textOf(fields[name]);
    const cleaned = text === undefined ? undefined : clean(text);
    if (cleaned !== undefined) return cleaned;
  }
  return undefined;
}

/** As an identity may be: without control characters, and at most 255 characters. */
function clean(text: string): string | undefined {
  const printable = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, ' ').trim();
  const cut = [...printable].slice(0, maxCharacters).join('').trim();
  return cut === '' ? undefined : cut;
}
