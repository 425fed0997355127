import { heartbeatLimits } from '../contract/heartbeat.ts';

type Pair = readonly [key: string, value: string];

/**
 * A heartbeat's `meta` as Monasca's `value_meta`; undefined where no pair is left.
 *
 * Monasca rejects the whole metric for one invalid pair, and a heartbeat is more important than its
 * `meta`, so pairs that Monasca would reject are left out. Monasca measures the output of Python's
 * `json.dumps`: all characters beyond ASCII escaped, a space after each colon and comma.
 */
export function valueMeta(
  meta: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const pairs: Pair[] = [];
  // The braces take the place of the comma that the last pair does not have.
  let characters = 0;
  for (const [rawKey, rawValue] of Object.entries(meta)) {
    // Half a surrogate pair makes Monasca fail when it forwards the metric.
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
