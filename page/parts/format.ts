const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const number = new Intl.NumberFormat('en');

export const clockText = (ms: number): string => clock.format(ms);
export const dateText = (ms: number): string => date.format(ms);
export const utcText = (ms: number): string =>
  `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
export const numberText = (value: number): string => number.format(value);

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** A duration in its two largest units, such as `2 h 5 min`. */
export function durationText(seconds: number): string {
  if (seconds < 60)
    return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  if (parts.length < 2 && seconds < 3_600 && rest > 0) parts.push(`${rest} s`);
  return parts.join(' ');
}

export function ago(ms: number): string {
  if (ms < 5_000) return 'just now';
  if (ms < 60_000) return `${Math.round(ms / 5_000) * 5} s ago`;
  return `${durationText(Math.floor(ms / 60_000) * 60)} ago`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/**
 * Text from the network for display: control characters and marks that change the direction of the
 * text after them become visible, so that a name cannot look like another one.
 */
export const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    (mark) => `⟨${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
