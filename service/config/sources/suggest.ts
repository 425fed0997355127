/**
 * Text that suggests the candidate of which `word` is most likely a misspelling; empty if none is
 * near enough. A third of the letters may differ, because a swapped pair counts twice.
 */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const bound = Math.max(1, Math.floor(word.length / 3));
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .filter((near) => near.distance <= bound)
    .toSorted((a, b) => a.distance - b.distance);
  return nearest ? `; did you mean ${nearest.candidate}?` : '';
}

/** Levenshtein distance: the fewest letters to insert, remove or change, in any case. */
function distance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...b].entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
