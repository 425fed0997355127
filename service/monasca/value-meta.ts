import { heartbeatLimits } from '../contract/heartbeat.ts';

type Pair = readonly [key: string, value: string];

/**
 * A heartbeat's `meta` as Monasca's `value_meta`; undefined where nothing is left of it.
 *
 * Monasca refuses the whole metric where one pair is too much, and a heartbeat counts for more than
 * its remarks: pairs that Monasca would not take are left out. It measures what Python's
 * `json.dumps` makes of them: all beyond ASCII escaped, a space after each colon and comma.
 */
export function valueMeta(
  meta: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const pairs: Pair[] = [];
  // The braces stand for the comma that the last pair lacks.
  let characters = 0;
  for (const [rawKey, rawValue] of Object.entries(meta)) {
    // Half of a surrogate pair makes Monasca fail where it writes the metric on.
    const key = rawKey.toWellFormed();
    const value = rawValue.toWellFormed();
    if (key === '' || key.length > heartbeatLimits.metaKeyCharacters) continue;
    const more = pythonCharacters(key) + pythonCharacters(value) + separators;
    if (pairs.length >= heartbeatLimits.metaPairs) break;
    if (characters + more > heartbeatLimits.metaJsonCharacters) continue;
    characters += more;
    pairs.push([key, value]);
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** `: ` and `, ` */
const separators = 4;

function pythonCharacters(text: string): number {
  const json = JSON.stringify(text);
  const escaped = json.match(/[^\x20-\x7e]/g)?.length ?? 0;
  return json.length + 5 * escaped;
}
