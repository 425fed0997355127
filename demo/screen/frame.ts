import type { Voice } from '../journal.ts';
import { duration, wallClock } from '../wording.ts';
import { sparkline } from './sparkline.ts';
import { table } from './table.ts';
import { type Line, padded, type Span, type Style, span, width, wrapped } from './text.ts';
import type { Address, Phase, View } from './view.ts';

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
    ...view.addresses.filter(({ isSpare }) => isSpacious || !isSpare).map(addressLine),
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

/** What waits between us and Monasca, and why; and whether silence is being looked for. */
function flow({ sight, nowMs, lastPingAtMs }: View): Line[] {
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
    [' ', label('Self-watch'), selfWatch(lastPingAtMs, nowMs)],
  ];
}

/** The service reports every second; a look for silence may take a moment longer. */
const longestPauseMs = 5_000;

function selfWatch(lastPingAtMs: number | undefined, nowMs: number): Span {
  if (lastPingAtMs === undefined) return span('dim', '○ the service has not reported yet');
  const agoMs = Math.max(0, nowMs - lastPingAtMs);
  const text = `● the service looked for silence ${(agoMs / 1_000).toFixed(1)} s ago`;
  return span(agoMs > longestPauseMs ? 'red' : 'green', text);
}

const voices: Partial<Record<Voice, Style>> = {
  demo: 'cyan',
  incident: 'blue',
  service: 'magenta',
  trouble: 'red',
  started: 'green',
  late: 'yellow',
  down: ['bold', 'red'],
  recovered: ['bold', 'green'],
  retired: 'dim',
};

function log({ entries }: View, columns: number): Line[] {
  return entries.flatMap(({ atMs, voice, text }) =>
    wrapped(text, Math.max(20, columns - logMargin - 1)).map(
      (part, index): Line =>
        index > 0
          ? [' '.repeat(logMargin), part]
          : [
              ' ',
              span('dim', `${wallClock(atMs)}  `),
              span(voices[voice] ?? 'yellow', voice.padEnd(10)),
              part,
            ],
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
