import { stringify } from 'yaml';

/** Settings made of a file of neelix, and what of it has no counterpart. */
export type NeelixImport = { readonly yaml: string; readonly notes: readonly string[] };

/** Thrown for a file that cannot be read; the message names the line. */
export class UnreadableNeelixFile extends Error {}

type Section = { readonly name: string; readonly values: Map<string, string> };

/**
 * Reads neelix's INI file: a section for each system with MSG, AGE and MAIL_TO. Each MSG and each AGE
 * becomes a pattern, and each list of recipients an e-mail notifier for the patterns of its systems.
 */
export function importNeelix(text: string): NeelixImport {
  const notes: string[] = [];
  const patterns: object[] = [];
  const names = new Set<string>();
  const recipients = new Map<string, string[]>();
  for (const { name, values } of sectionsOf(text)) {
    if (name.toUpperCase() === 'GLOBAL') {
      for (const key of values.keys()) notes.push(`[GLOBAL] ${key} has no counterpart.`);
      continue;
    }
    const made = patternsOf(name, values, names, notes);
    patterns.push(...made);
    const to = recipientsOf(values.get('mail_to') ?? '');
    if (made.length > 0 && to.length === 0) notes.push(`[${name}] has no MAIL_TO.`);
    if (to.length > 0) recipients.set(to.join(), [...(recipients.get(to.join()) ?? []), name]);
  }
  const notifiers = [...recipients].map(([to, systems], n) => ({
    type: 'email',
    name: `neelix-${n + 1}`,
    host: 'localhost',
    from: 'heartbeat@example.org',
    to: to.split(','),
    match: systems.map((name) => ({ kinds: ['pattern.matched', 'pattern.ended'], name })),
  }));
  if (notifiers.length > 0) {
    notes.push('The mail server (host) and the sender (from) are to be filled in.');
    notes.push(
      'An event of a pattern with absentSeconds has no component: no rule by name matches it.',
    );
  }
  const settings = {
    profiles: { herald: { enabled: true } },
    records: { patterns },
    ...(notifiers.length > 0 ? { notifiers } : {}),
  };
  return { yaml: stringify(settings), notes };
}

function patternsOf(
  system: string,
  values: ReadonlyMap<string, string>,
  names: Set<string>,
  notes: string[],
): object[] {
  const made: object[] = [];
  const message = values.get('msg');
  const age = values.get('age');
  // neelix compares with the text in its quotes, which no stored record has.
  const contains = message === undefined ? '' : unquoted(message);
  if (contains !== '')
    made.push({ name: uniqueName(`${system}-msg`, names), contains, component: system });
  if (age !== undefined) {
    const absentSeconds = secondsOf(age);
    if (absentSeconds === undefined) {
      throw new UnreadableNeelixFile(
        `[${system}] AGE: expected whole numbers joined by * and +, such as 60*60*2; got ${age}.`,
      );
    }
    made.push({ name: uniqueName(`${system}-age`, names), absentSeconds, component: system });
  }
  const known = ['msg', 'age', 'mail_to'];
  for (const key of values.keys()) {
    if (!known.includes(key)) notes.push(`[${system}] ${key} has no counterpart.`);
  }
  return made;
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const [, name] = /^\[([^\]]+)\]$/.exec(line) ?? [];
    const [, key = '', value = ''] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    const current = sections.at(-1);
    if (name !== undefined) sections.push({ name: name.trim(), values: new Map() });
    else if (key !== '' && current) current.values.set(key.toLowerCase(), value.trim());
    else {
      throw new UnreadableNeelixFile(
        `Line ${index + 1}: expected [section] or KEY=value; got ${line.slice(0, 100)}.`,
      );
    }
  }
  return sections;
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;

const recipientsOf = (text: string): string[] =>
  unquoted(text)
    .split(',')
    .map((one) => unquoted(one.trim()))
    .filter((one) => one !== '');

/** Result of an expression of sums of products, which is parsed and not evaluated. */
export function secondsOf(expression: string): number | undefined {
  if (!/^\s*\d{1,9}(\s*[*+]\s*\d{1,9})*\s*$/.test(expression)) return undefined;
  const sum = expression
    .split('+')
    .map((term) => term.split('*').reduce((product, factor) => product * Number(factor), 1))
    .reduce((total, term) => total + term, 0);
  return Number.isSafeInteger(sum) && sum >= 1 && sum <= 31_536_000 ? sum : undefined;
}

/** A name as patterns have it: lower-case letters, digits and hyphens. */
function uniqueName(wanted: string, names: Set<string>): string {
  const base = wanted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 36);
  let name = base;
  for (let n = 2; names.has(name); n++) name = `${base}-${n}`;
  names.add(name);
  return name;
}
