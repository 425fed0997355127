import { isSuccess, type Outcome, type Sighting } from '../verdict.ts';
import { counted } from '../wording.ts';
import { type Line, padded, type Span, span } from './text.ts';

const mostListed = 10;

/** The end of the demo: each component, and the sentence that matters. */
export function verdictLines(outcome: Outcome): Line[] {
  const { verdict, hasDrained, outages, outboxPeak, told, receipts } = outcome;
  const { accepted, found, missing, unexpected, unanswered, deadLetters } = verdict;
  const sentence =
    `${counted(accepted, 'heartbeat')} accepted, ${found} found in Monasca, ` +
    `${missing.length} missing, ${counted(deadLetters, 'dead letter')}`;
  return [
    [],
    cells(['COMPONENT', 'VERSION', 'INSTANCES', 'ACCEPTED', 'FOUND'], (text) => span('dim', text)),
    ...verdict.components.map(({ name, version, instances, ...rest }) =>
      cells([name, version, String(instances), String(rest.accepted), String(rest.found)]),
    ),
    [],
    [
      isSuccess(outcome) ? span(['bold', 'green'], '✓ ') : span(['bold', 'red'], '✗ '),
      span('bold', sentence),
    ],
    ...(outages === 0
      ? []
      : [[span('dim', `  ${away(outages)}; at most ${outboxPeak} waited in the outbox.`)]]),
    ...(told.length === 0 ? [] : [[span('dim', `  The service told: ${listed(told)}.`)]]),
    [span(receipts.missing + receipts.refused > 0 ? 'red' : 'dim', `  ${post(receipts)}`)],
    ...(hasDrained ? [] : [[span('red', '  The outbox was not seen empty in time.')]]),
    ...(accepted === 0 ? [[span('red', '  Not one heartbeat was accepted.')]] : []),
    ...list('missing', missing),
    ...list('in Monasca, but never sent', unexpected),
    ...(unanswered.sent === 0
      ? []
      : [[`  ${unanswered.sent} got no answer in time; ${unanswered.found} of them arrived.`]]),
  ];
}

const away = (outages: number): string =>
  `Monasca was away ${outages === 1 ? 'once' : `${outages} times`}`;

const post = ({ signed, refused, again, missing, silenced }: Outcome['receipts']): string => {
  const parts = [
    `The receiver got ${counted(signed, 'event')}, signed; ${missing} missing`,
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(again > 0 ? [`${again} came twice`] : []),
    ...(silenced > 0 ? [`${silenced} silenced`] : []),
  ];
  return `${parts.join(', ')}.`;
};

const listed = (told: Outcome['told']): string =>
  told.map(([kind, count]) => `${count} ${kind}`).join(', ');

const widths = [13, 9];
const numberWidth = 11;

const cells = (texts: readonly string[], dress: (text: string) => Span = (text) => text): Line => [
  '  ',
  ...texts.flatMap((text, column) => {
    const width = widths[column];
    return width === undefined ? [dress(text.padStart(numberWidth))] : padded([dress(text)], width);
  }),
];

function list(what: string, sightings: readonly Sighting[]): Line[] {
  const more = sightings.length - mostListed;
  return [
    ...sightings
      .slice(0, mostListed)
      .map(
        ({ series: { name, version, instance }, timestampMs }): Line => [
          span('red', `  ${what}: `),
          `${name} ${version}, instance ${instance}, ${new Date(timestampMs).toISOString()}`,
        ],
      ),
    ...(more > 0 ? [[span('red', `  … and ${more} more`)]] : []),
  ];
}
