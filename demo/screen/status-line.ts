import type { Entry } from '../journal.ts';
import { wallClock } from '../wording.ts';
import { type Address, strengthOf, type View } from './view.ts';

/** The picture in one line, for output that nobody watches. */
export function statusLine({ nowMs, rows, sight }: View): string {
  const { up, late, down } = strengthOf(rows.flatMap(({ pulses }) => pulses));
  const accepted = rows.reduce((sum, row) => sum + row.accepted, 0);
  const inMonasca = rows.reduce((sum, row) => sum + row.inMonasca, 0);
  return [
    wallClock(nowMs),
    'status   ',
    `${up} up, ${late} late, ${down} down;`,
    `${accepted} heartbeats accepted,`,
    `${inMonasca} in Monasca,`,
    `${sight.outbox} in the outbox;`,
    sight.monasca.isUp ? 'Monasca is up' : 'Monasca is away',
  ].join(' ');
}

export const entryLine = ({ atMs, voice, text }: Entry): string =>
  `${wallClock(atMs)} ${voice.padEnd(9)} ${text}`;

export const addressLine = ({ label, url, remark }: Address): string =>
  `${label.padEnd(11)} ${url}${remark === undefined ? '' : `  (${remark})`}`;
