import type { Colour } from './screen.ts';

/** An ISO 8601 time to the second, with a space in place of `T`. */
export const formatShortTime = (iso: string): string =>
  iso.replace('T', ' ').replace(/\.\d+(?=Z|[+-])/, '');

/** A share as a percentage, rounded down as the service does: 100 % means no interruption at all. */
export const formatShare = (share: number): string =>
  `${(Math.floor(share * 100_000) / 1_000).toFixed(3)} %`;

export const shareColour = (share: number): Colour =>
  share >= 0.999 ? 'green' : share >= 0.99 ? 'yellow' : 'red';

const stateColours: ReadonlyMap<string, Colour> = new Map([
  ['up', 'green'],
  ['late', 'yellow'],
  ['down', 'red'],
  ['still_down', 'red'],
  ['retired', 'dim'],
  ['started', 'green'],
  ['recovered', 'green'],
  ['flapping', 'yellow'],
  ['status.not_ok', 'red'],
  ['status.ok', 'green'],
  ['component.degraded', 'yellow'],
  ['component.down', 'red'],
  ['component.never_seen', 'red'],
  ['component.recovered', 'green'],
  ['mass_outage', 'red'],
  ['site.down', 'red'],
  ['site.recovered', 'green'],
  ['relay.closed', 'red'],
  ['relay.opened', 'green'],
  ['closed', 'red'],
  ['open', 'green'],
  ['active', 'yellow'],
  ['pending', 'cyan'],
  ['expired', 'dim'],
]);

/** Colour of the state of an instance or a silence, or of the kind of an event. */
export const stateColour = (state: string): Colour | undefined => stateColours.get(state);

const blocks = [...'▁▂▃▄▅▆▇█'];
const asciiBlocks = [...'.:-=+*#@'];

/** Numbers as a line of bars relative to `highest`; a space for 0. */
export function formatTrend(
  values: readonly number[],
  highest: number,
  isUnicode: boolean,
): string {
  const bars = isUnicode ? blocks : asciiBlocks;
  return values
    .map((value) => (value > 0 ? bars[Math.ceil((value / highest) * bars.length) - 1] : ' '))
    .join('');
}
