const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/**
 * A time span as text: its largest unit and the next smaller one, in English abbreviations
 * (`12.5 s`, `3 min 20 s`, `2 h 5 min`, `7 d`). Below a minute it is exact to a tenth of a second,
 * from there on to a second. A negative span is `0 s`.
 */
export function formatDuration(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  if (tenths < 600) return `${tenths / 10} s`;
  let rest = Math.round(ms / 1_000);
  const first = units.findIndex(([, seconds]) => rest >= seconds);
  return units
    .slice(first, first + 2)
    .flatMap(([unit, seconds]) => {
      const count = Math.floor(rest / seconds);
      rest %= seconds;
      return count === 0 ? [] : [`${count} ${unit}`];
    })
    .join(' ');
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a number and a unit: `90s`, `30m`, `2h`, `1d`, `2w`. Undefined for other text. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitMs[unit] ?? 0);
}
