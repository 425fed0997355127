const levels = [...'▁▂▃▄▅▆▇█'];

/** Below this a full bar would make a mountain of a molehill. */
const leastScale = 16;

/** The last `width` values as a row of bars, the highest of them a full one. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const scale = Math.max(leastScale, ...shown);
  const bars = shown.map((value) => levels[Math.ceil((value / scale) * (levels.length - 1))] ?? '');
  return bars.join('').padStart(width, levels[0]);
}
