import { formatDuration } from '../../contract/values/duration.ts';
import type { Colour } from './screen.ts';

/** A time as the tables show it: UTC, to the second. */
export const timeText = (iso: string | undefined): string =>
  iso === undefined ? '' : iso.replace('T', ' ').replace(/\.\d+(?=Z|[+-])/, '');

/** Seconds as text: whole ones, and tenths below one second. */
export const durationText = (seconds: number): string =>
  formatDuration((seconds < 1 ? seconds : Math.floor(seconds)) * 1_000);

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
