import { now } from '../data/now.ts';
import { useStore } from '../data/store.ts';
import { ago, clockText, dateText, utcText } from './format.ts';

/** A local time; UTC is displayed on hover. */
export function Time({ at, form = 'auto' }: { at: string | number; form?: 'auto' | 'full' }) {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const nowMs = useStore(now);
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  const text = form === 'auto' && isToday ? clockText(ms) : dateText(ms);
  return (
    <time dateTime={new Date(ms).toISOString()} title={utcText(ms)}>
      {text}
    </time>
  );
}

/** Time since then, such as `3 min ago`. */
export function Ago({ at }: { at: string }) {
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${dateText(ms)} · ${utcText(ms)}`}>
      {ago(useStore(now) - ms)}
    </time>
  );
}
