import type { Entry } from '../journal.ts';
import { counted, wallClock } from '../wording.ts';
import type { Address, View } from './view.ts';

/** The picture in one line, for output that nobody watches. */
export function statusLine({ nowMs, rows, sight }: View): string {
  const active = rows.flatMap(({ pulses }) => pulses).filter((pulse) => pulse !== 'silent').length;
  const accepted = rows.reduce((sum, row) => sum + row.accepted, 0);
  const inMonasca = rows.reduce((sum, row) => sum + row.inMonasca, 0);
  return [
    wallClock(nowMs),
    'status   ',
    `${counted(active, 'instance')} active,`,
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
