import type { Colour } from './screen.ts';

/** A time as the tables show it: UTC, to the second. */
export const timeText = (iso: string | undefined): string =>
  iso === undefined ? '' : iso.replace('T', ' ').replace(/\.\d+(?=Z|[+-])/, '');

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Seconds as people say them: the two largest units. */
export function durationText(seconds: number): string {
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return `${Math.max(0, Math.round(seconds * 10) / 10)} s`;
  let rest = Math.floor(seconds);
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}

const colours: ReadonlyMap<string, Colour> = new Map([
  ['up', 'green'],
  ['late', 'yellow'],
  ['down', 'red'],
  ['still_down', 'red'],
  ['retired', 'dim'],
  ['started', 'green'],
  ['recovered', 'green'],
  ['flapping', 'yellow'],
  ['component.degraded', 'yellow'],
  ['component.down', 'red'],
  ['component.never_seen', 'red'],
  ['component.recovered', 'green'],
  ['mass_outage', 'red'],
  ['active', 'yellow'],
  ['pending', 'cyan'],
  ['expired', 'dim'],
]);

/** Of a state, or of the kind of an event. */
export const stateColour = (state: string): Colour | undefined => colours.get(state);
