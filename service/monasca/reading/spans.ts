/** A half-open period in epoch ms. */
export type Span = { readonly fromMs: number; readonly toMs: number };

export const widened = ({ fromMs, toMs }: Span, byMs: number): Span => ({
  fromMs: Math.max(0, fromMs - byMs),
  toMs: toMs + byMs,
});

/** Cuts a span into slices of about the same length, at most one for each millisecond. */
export function slices({ fromMs, toMs }: Span, wanted: number): Span[] {
  const count = Math.max(1, Math.min(wanted, toMs - fromMs));
  const edge = (n: number) => Math.round(fromMs + ((toMs - fromMs) * n) / count);
  return Array.from({ length: count }, (_, n) => ({ fromMs: edge(n), toMs: edge(n + 1) }));
}

/** Cuts a span at the multiples of `lengthMs`, so that no bucket of that length is cut in two. */
export function alignedSlices({ fromMs, toMs }: Span, lengthMs: number): Span[] {
  const found: Span[] = [];
  for (let from = fromMs; from < toMs; ) {
    const to = Math.min(toMs, (Math.floor(from / lengthMs) + 1) * lengthMs);
    found.push({ fromMs: from, toMs: to });
    from = to;
  }
  return found;
}
