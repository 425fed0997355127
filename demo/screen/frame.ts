import type { Component } from '../fleet/components.ts';
import type { Voice } from '../journal.ts';
import { duration, wallClock } from '../wording.ts';
import { sparkline } from './sparkline.ts';
import { type Line, padded, plain, type Span, type Style, span, wrapped } from './text.ts';
import type { Address, Guest, Phase, Pulse, Row, View } from './view.ts';

/** The width that the picture is drawn for; a wider terminal has longer lines in its log. */
const width = 80;
const graphWidth = 41;
/** What a terminal has at least where the picture need not be squeezed. */
const spaciousRows = 32;

export type Size = { readonly columns: number; readonly rows: number };

/** The whole picture, as many lines as there are; the log takes what the rest leaves. */
export function frame(view: View, { columns, rows }: Size): Line[] {
  const isSpacious = rows >= spaciousRows;
  const gap: Line[] = isSpacious ? [[]] : [];
  const above = [
    title(view),
    [],
    ...table(view, isSpacious),
    ...gap,
    ...flow(view),
    ...gap,
    ...view.addresses.map(addressLine),
    [],
  ];
  const left = Math.max(0, rows - above.length);
  return [...above, ...log(view, columns).slice(-left || rows)].slice(0, rows);
}

const phases: Record<Phase, string> = {
  running: 'Ctrl-C ends it',
  goodbye: 'ending: the fleet says goodbye',
  draining: 'ending: the outbox drains',
  comparing: 'ending: comparing with Monasca',
};

function title({ nowMs, startedAtMs, forSeconds, phase }: View): Line {
  const seconds = (nowMs - startedAtMs) / 1_000;
  const clock =
    forSeconds === undefined || phase !== 'running'
      ? duration(seconds)
      : `${duration(seconds)} of ${duration(forSeconds)}`;
  const right = `running ${clock}  ·  ${phases[phase]}`;
  const name = ' GE Heartbeat';
  const gap = Math.max(2, width - name.length - right.length - 1);
  return [
    span('bold', name),
    ' '.repeat(gap),
    phase === 'running' ? span('dim', right) : span('yellow', right),
  ];
}

const cells = (
  name: Span,
  version: Span,
  instances: Line,
  way: Span,
  accepted: Span,
  inMonasca: Span,
): Line => [
  ' ',
  ...padded([name], 13),
  ...padded([version], 9),
  ...padded(instances, 13),
  ...padded([way], 19),
  ...rightAligned(accepted, 10),
  ...rightAligned(inMonasca, 13),
];

const rightAligned = (piece: Span, columns: number): Line => [
  ' '.repeat(Math.max(0, columns - [...plain([piece])].length)),
  piece,
];

function table({ rows, guests, sight }: View, isSpacious: boolean): Line[] {
  const { isUp } = sight.monasca;
  const heading = (text: string) => span('dim', text);
  const accepted = rows.reduce((sum, row) => sum + row.accepted, 0);
  const inMonasca = rows.reduce((sum, row) => sum + row.inMonasca, 0);
  const active = rows.reduce((sum, { pulses }) => sum + activeOf(pulses), 0);
  const mostGuests = isSpacious ? 3 : 1;
  const rule: Line[] = isSpacious ? [[' ', span('dim', '─'.repeat(width - 3))]] : [];
  return [
    cells(
      heading('COMPONENT'),
      heading('VERSION'),
      [heading('ACTIVE')],
      heading('SENT'),
      heading('ACCEPTED'),
      heading('IN MONASCA'),
    ),
    ...rule,
    ...rows.map((row) => rowLine(row, isUp)),
    ...rule,
    cells(
      '',
      '',
      [span('bold', String(active))],
      '',
      span('bold', String(accepted)),
      span('bold', String(inMonasca)),
    ),
    ...guests.slice(0, mostGuests).map(guestRow),
    ...(guests.length > mostGuests
      ? [[span('dim', ` and ${guests.length - mostGuests} more components of yours`)]]
      : []),
  ];
}

const activeOf = (pulses: readonly Pulse[]): number =>
  pulses.filter((pulse) => pulse !== 'silent').length;

const ways: Record<Component['protocol'], string> = {
  single: 'one by one',
  batch: 'in batches',
  beat: '/beat, as of old',
};

function rowLine({ component, pulses, accepted, inMonasca }: Row, isUp: boolean): Line {
  return cells(
    component.name,
    component.version,
    [`${activeOf(pulses)} `, ...pulses.map(dot)],
    span('dim', ways[component.protocol]),
    String(accepted),
    inMonasca < accepted && !isUp ? span('yellow', String(inMonasca)) : String(inMonasca),
  );
}

function guestRow({ name, version, instances, inMonasca }: Guest): Line {
  const unknown = span('dim', '–');
  return cells(
    span('cyan', cut(name, 12)),
    span('cyan', cut(version, 8)),
    [span('dim', `${instances} in all`)],
    span('dim', 'by you'),
    unknown,
    span('cyan', String(inMonasca)),
  );
}

const cut = (text: string, most: number): string =>
  [...text].length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`;

const dots: Record<Pulse, Span> = {
  beating: span(['bold', 'greenBright'], '●'),
  active: span('green', '•'),
  silent: span('dim', '·'),
};
const dot = (pulse: Pulse): Span => dots[pulse];

/** What waits between us and Monasca, and why. */
function flow({ sight, nowMs }: View): Line[] {
  const { outbox, outboxHistory, outboxPeak, deadLetters, monasca, keystone } = sight;
  const label = (text: string): Span => span('dim', text.padEnd(13));
  const tone: Style = outbox > 0 && !monasca.isUp ? 'yellow' : 'green';
  const forSeconds = monasca.sinceMs === undefined ? 0 : (nowMs - monasca.sinceMs) / 1_000;
  const reason = monasca.reason === undefined ? '' : `, ${monasca.reason}`;
  return [
    [
      ' ',
      label('Outbox'),
      ...padded([span(tone, `${outbox} waiting`)], 13),
      span(tone, sparkline(outboxHistory, graphWidth)),
      span('dim', `  at most ${outboxPeak}`),
    ],
    [
      ' ',
      label('Delivery'),
      ...(monasca.isUp
        ? [span('green', '● Monasca takes them')]
        : [span('red', `● Monasca is away for ${duration(forSeconds)}${reason}`)]),
      ...(keystone.isUp ? [] : [span('red', '  ● no login at Keystone')]),
      ...(deadLetters === 0 ? [] : [span('red', `  ${deadLetters} dead letters`)]),
    ],
  ];
}

const voices: Record<Voice, Style> = {
  demo: 'cyan',
  incident: 'yellow',
  service: 'magenta',
  trouble: 'red',
};

function log({ entries }: View, columns: number): Line[] {
  return entries.flatMap(({ atMs, voice, text }) =>
    wrapped(text, Math.max(20, columns - logMargin - 1)).map(
      (part, index): Line =>
        index > 0
          ? [' '.repeat(logMargin), part]
          : [' ', span('dim', `${wallClock(atMs)}  `), span(voices[voice], voice.padEnd(10)), part],
    ),
  );
}

/** Where the text of an entry begins. */
const logMargin = 21;

const addressLine = ({ label, url, remark }: Address): Line => [
  ' ',
  span('dim', label.padEnd(13)),
  url,
  ...(remark === undefined ? [] : [span('dim', `  ${remark}`)]),
];
