import type { Component } from '../fleet/components.ts';
import { type Line, padded, plain, type Span, span, width } from './text.ts';
import { type Guest, type Pulse, type Row, strengthOf, type View } from './view.ts';

type Cells = {
  readonly name?: Span;
  readonly version?: Span;
  readonly pulses?: Line;
  readonly up: Span;
  readonly late: Span;
  readonly down: Span;
  readonly way?: Span;
  readonly accepted: Span;
  readonly inMonasca: Span;
};

const cells = (row: Cells): Line => [
  ' ',
  ...padded([row.name ?? ''], 13),
  ...padded([row.version ?? ''], 9),
  ...padded(row.pulses ?? [], 9),
  ...rightAligned(row.up, 3),
  ...rightAligned(row.late, 6),
  ...rightAligned(row.down, 6),
  '   ',
  ...padded([row.way ?? ''], 7),
  ...rightAligned(row.accepted, 9),
  ...rightAligned(row.inMonasca, 12),
];

const rightAligned = (piece: Span, columns: number): Line => [
  ' '.repeat(Math.max(0, columns - [...plain([piece])].length)),
  piece,
];

/** Each component: its instances by state as the service sees them, and its heartbeats. */
export function table({ rows, guests, sight }: View, isSpacious: boolean): Line[] {
  const { isUp } = sight.monasca;
  const mostGuests = isSpacious ? 3 : 1;
  const rule: Line[] = isSpacious ? [[' ', span('dim', '─'.repeat(width - 3))]] : [];
  return [
    heading,
    ...rule,
    ...rows.map((row) => rowLine(row, isUp)),
    ...rule,
    sumLine(rows),
    ...guests.slice(0, mostGuests).map(guestLine),
    ...(guests.length > mostGuests
      ? [[span('dim', ` and ${guests.length - mostGuests} more components of yours`)]]
      : []),
  ];
}

const dim = (text: string): Span => span('dim', text);

const heading = cells({
  ...{ name: dim('COMPONENT'), version: dim('VERSION'), up: dim('UP') },
  ...{ late: dim('LATE'), down: dim('DOWN'), way: dim('SENT') },
  ...{ accepted: dim('ACCEPTED'), inMonasca: dim('IN MONASCA') },
});

const ways: Record<Component['protocol'], string> = {
  single: 'single',
  batch: 'batch',
  beat: '/beat',
};

function rowLine({ component, pulses, accepted, inMonasca }: Row, isUp: boolean): Line {
  return cells({
    ...{ name: component.name, version: component.version },
    ...{ ...strength(pulses), pulses: dots(pulses), way: dim(ways[component.protocol]) },
    accepted: String(accepted),
    inMonasca:
      inMonasca < accepted && !isUp ? span('yellow', String(inMonasca)) : String(inMonasca),
  });
}

function sumLine(rows: readonly Row[]): Line {
  const sum = (of: (row: Row) => number) =>
    span('bold', String(rows.reduce((total, row) => total + of(row), 0)));
  return cells({
    ...strength(rows.flatMap(({ pulses }) => pulses)),
    accepted: sum((row) => row.accepted),
    inMonasca: sum((row) => row.inMonasca),
  });
}

function guestLine({ name, version, pulses, inMonasca }: Guest): Line {
  return cells({
    name: span('cyan', cut(name, 12)),
    version: span('cyan', cut(version, 8)),
    ...{ ...strength(pulses), pulses: dots(pulses), way: dim('by you') },
    accepted: dim('–'),
    inMonasca: span('cyan', String(inMonasca)),
  });
}

function strength(pulses: readonly Pulse[]) {
  const { up, late, down } = strengthOf(pulses);
  return {
    up: span('green', String(up)),
    late: span(late > 0 ? 'yellow' : 'dim', String(late)),
    down: span(down > 0 ? 'red' : 'dim', String(down)),
  };
}

const cut = (text: string, most: number): string =>
  [...text].length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`;

const signs: Record<Pulse, Span> = {
  beating: span(['bold', 'greenBright'], '●'),
  up: span('green', '•'),
  late: span('yellow', '◌'),
  down: span('red', '×'),
};
const mostDots = 7;
const dots = (pulses: readonly Pulse[]): Line => [
  ...pulses.slice(0, mostDots).map((pulse) => signs[pulse]),
  ...(pulses.length > mostDots ? ['…'] : []),
];
