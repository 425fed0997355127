import type { PipelineResponse, PipelineSentence } from '../../contract/api/pipeline.ts';
import type { RetryReason } from '../../contract/outcome.ts';
import { toSentence } from '../../contract/values/sentence.ts';

type Described = Pick<PipelineResponse, 'time' | 'notReady' | 'outbox' | 'token' | 'destinations'>;

/** Share of its limit from which on the outbox is described as filling. */
const fillingShare = 0.8;

/** What is wrong with the pipeline, the worst first. */
export function pipelineSentences(pipeline: Described): PipelineSentence[] {
  const all = [
    ...storeSentences(pipeline),
    ...pipeline.destinations.flatMap((one) => outageSentences(one, pipeline.time)),
    ...tokenSentences(pipeline),
    ...pipeline.destinations.flatMap(deadLetterSentences),
  ];
  const isBad = ({ level }: PipelineSentence) => level === 'bad';
  return [...all.filter(isBad), ...all.filter((one) => !isBad(one))];
}

function storeSentences({ notReady, outbox }: Described): PipelineSentence[] {
  const { records, limit } = outbox;
  if (notReady !== undefined) {
    return [bad('store', `No heartbeat can be accepted: ${notReady}`)];
  }
  if (records < limit * fillingShare) return [];
  const percent = Math.floor((100 * records) / limit);
  return [
    warning(
      'store',
      `The outbox is ${percent} % full; beyond ${number(limit)} heartbeats new ones are rejected`,
    ),
  ];
}

type Destination = Described['destinations'][number];

function outageSentences(destination: Destination, now: string): PipelineSentence[] {
  const { name, state, since, lastFailure, waiting } = destination;
  if (state !== 'outage' || lastFailure === undefined) return [];
  const { reason, detail } = lastFailure;
  const [, peer, status] = /(\w+) answered (\d{3})/.exec(detail) ?? [];
  // Without a token there is no delivery to Monasca either.
  const isKeystone = name === 'monasca' && (peer === 'Keystone' || detail.startsWith('Keystone'));
  const subject = isKeystone ? 'Keystone' : titleOf(name);
  const begin = `since ${clockTime(since, now)}`;
  const how = status === undefined ? '' : ` with ${status}`;
  const waits = `${counted(waiting, unitOf(destination))} ${waiting === 1 ? 'waits' : 'wait'}`;
  return [bad(name, `${subject} ${failures[reason]} ${begin}${how}; ${waits}`)];
}

/** Completes "Monasca … since 12:03". */
const failures: Readonly<Record<RetryReason, string>> = {
  unreachable: 'has been unreachable',
  'private-address': 'has had a private address, which is not allowed,',
  timeout: 'has not responded in time',
  throttled: 'has limited our requests',
  'server-error': 'has failed',
  unauthenticated: 'has refused us',
  forbidden: 'has denied us access',
  'unexpected-answer': 'has sent unexpected responses',
  aborted: 'has not finished a request',
};

function tokenSentences({ token, time, destinations }: Described): PipelineSentence[] {
  const { state, lastFailure } = token;
  if (state !== 'failing' || lastFailure === undefined) return [];
  const isOutage = destinations.some((one) => one.name === 'monasca' && one.state === 'outage');
  const at = clockTime(lastFailure.at, time);
  const text = `The last login to Keystone failed at ${at}: ${lastFailure.detail}`;
  return [isOutage ? bad('keystone', text) : warning('keystone', text)];
}

function deadLetterSentences(destination: Destination): PipelineSentence[] {
  const { name, deadLetters } = destination;
  if (deadLetters === 0) return [];
  const records = counted(deadLetters, unitOf(destination));
  const are = deadLetters === 1 ? 'a dead letter' : 'dead letters';
  return [warning(name, `${titleOf(name)} has rejected ${records}, kept as ${are}`)];
}

const bad = (about: string, text: string): PipelineSentence => ({
  level: 'bad',
  about,
  text: toSentence(text),
});
const warning = (about: string, text: string): PipelineSentence => ({
  level: 'warning',
  about,
  text: toSentence(text),
});

const titles: ReadonlyMap<string, string> = new Map([
  ['monasca', 'Monasca'],
  ['redis', 'Redis'],
  ['redis.changes', 'Redis (states)'],
  ['records', 'The receiver of records'],
]);

const titleOf = (name: string): string =>
  titles.get(name) ?? `The notifier ${name.replace(/^notifier\./, '')}`;

const unitOf = ({ receives }: Destination): string => receives.replace(/s$/, '');

const number = (value: number): string => value.toLocaleString('en-US');
const counted = (count: number, unit: string): string =>
  `${number(count)} ${unit}${count === 1 ? '' : 's'}`;

/** `12:03 UTC`, with the date if that is another. */
function clockTime(at: string, now: string): string {
  const [date = '', clock = ''] = at.split('T');
  const isToday = now.startsWith(date);
  return `${isToday ? '' : `${date} `}${clock.slice(0, 5)} UTC`;
}
