const blocks = [...'▁▂▃▄▅▆▇█'];
const letters = [...'.:-=+*#@'];

/** Numbers from 0 up as a line of bars, the highest of which is `highest`; nothing where there is 0. */
export function sparkline(values: readonly number[], highest: number, isUnicode: boolean): string {
  const bars = isUnicode ? blocks : letters;
  return values
    .map((value) => {
      if (value <= 0 || highest <= 0) return ' ';
      return bars[Math.min(bars.length, Math.ceil((value / highest) * bars.length)) - 1];
    })
    .join('');
}
