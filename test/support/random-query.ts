import fc from 'fast-check';

/** Random query strings, mostly invalid, with the names of real parameters. */
export function randomQuery(names: readonly string[]): fc.Arbitrary<string> {
  const raw = fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) =>
    // Characters that a request line cannot contain would be rejected before the query is read.
    text.replaceAll(/[^\x21-\x7e]|#/g, '+'),
  );
  const encoded = fc
    .string({ unit: 'binary', maxLength: 20 })
    .map((text) => encodeURIComponent(text.toWellFormed()));
  const odd = fc.constantFrom(
    ...['', '%', '%00', '%ff%fe', '-1', '1e9', '0', '9'.repeat(400), 'now-', 'now-9999999999d'],
    ...['__proto__', '*'.repeat(300), `${'*a'.repeat(500)}`, '2026-02-30T00:00:00Z', "';--", '[]'],
    ...['7ZZZZZZZZZZZZZZZZZZZZZZZZZ', '00000000000000000000000000', 'bnVsbA', 'W10', 'MQ', 'LTE'],
  );
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'kind[]', '') },
    { weight: 1, arbitrary: raw },
  );
  const pair = fc.tuple(name, fc.oneof(raw, encoded, odd)).map((both) => both.join('='));
  return fc.array(pair, { maxLength: 5 }).map((pairs) => `?${pairs.join('&')}`);
}
