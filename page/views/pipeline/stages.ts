import type {
  PipelineDestination,
  PipelineResponse,
  PipelineToken,
} from '../../../service/contract/api/pipeline.ts';
import { dateText, durationText, numberText, plural } from '../../parts/format.ts';

/** A part of the pipeline, described for people. */
export type Stage = {
  readonly key: string;
  readonly title: string;
  readonly level: 'good' | 'warning' | 'bad' | 'off';
  /** What is the case, in sentences. */
  readonly text: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
};

type StageParts = Omit<Stage, 'level'>;

/** Reception first, then each destination; what is wrong is in the words of the service. */
export function stagesOf(pipeline: PipelineResponse): Stage[] {
  const parts: StageParts[] = [
    storeStage(pipeline),
    livenessStage(pipeline),
    ...(pipeline.token.state === 'unused' ? [] : [tokenStage(pipeline.token)]),
    ...pipeline.destinations.map(destinationStage),
  ];
  const stages = parts.map((stage): Stage => {
    const about = pipeline.sentences.filter((sentence) => sentence.about === stage.key);
    if (about.length === 0) return { ...stage, level: 'good' };
    const isBad = about.some(({ level }) => level === 'bad');
    const text = about.map((sentence) => sentence.text).join(' ');
    return { ...stage, level: isBad ? 'bad' : 'warning', text };
  });
  return pipeline.destinations.some(({ name }) => name === 'monasca')
    ? stages
    : [...stages, withoutMonasca(pipeline)];
}

function storeStage({ outbox, dependencies }: PipelineResponse): StageParts {
  const { records, limit, oldestAgeSeconds } = outbox;
  const freeBytes = dependencies['store']?.['freeBytes'];
  const waits =
    records === 0
      ? 'No heartbeat waits.'
      : `${plural(records, 'heartbeat')} ${records === 1 ? 'waits' : 'wait'} for delivery, the oldest for ${durationText(oldestAgeSeconds)}.`;
  return {
    ...{ key: 'store', title: 'Store', text: `Heartbeats are stored. ${waits}` },
    facts: [
      ['Outbox', `${numberText(records)} of ${numberText(limit)}`],
      ['Free space', typeof freeBytes === 'number' ? bytesText(freeBytes) : 'unknown'],
    ],
  };
}

function livenessStage({ dependencies }: PipelineResponse): StageParts {
  const liveness: Readonly<Record<string, unknown>> = dependencies['liveness'] ?? {};
  const [detail, massOutage] = [liveness['detail'], liveness['massOutage']];
  const text =
    typeof detail === 'string'
      ? `States may be out of date: ${detail}.`
      : massOutage === true
        ? 'A mass outage is under way; one event stands for all of its instances.'
        : 'States are evaluated all the time.';
  return {
    ...{ key: 'liveness', title: 'Evaluation', text },
    facts: [
      ['Duration', `${liveness['evaluationMs']} ms`],
      ['Events to store', `${liveness['waitingEvents']}`],
    ],
  };
}

function tokenStage({ state, expires, lastSuccess }: PipelineToken): StageParts {
  const text =
    state === 'valid' && expires !== undefined
      ? `The token is valid until ${timeText(expires)} and is replaced before.`
      : 'No token has been needed yet.';
  return {
    ...{ key: 'keystone', title: 'Keystone', text },
    facts: [['Last login', timeText(lastSuccess)]],
  };
}

function destinationStage(destination: PipelineDestination): StageParts {
  const { name, receives, waiting, lastSuccess, lastFailure } = destination;
  const unit = receives === 'heartbeats' ? 'heartbeat' : 'event';
  const title = name === 'monasca' ? 'Monasca' : name.replace(/^notifier\./, 'Notifier ');
  const text = waiting === 0 ? 'Everything is delivered.' : `${plural(waiting, unit)} on the way.`;
  return {
    ...{ key: name, title, text },
    facts: [
      ['Last success', timeText(lastSuccess)],
      ...(lastFailure
        ? ([['Last error', `${timeText(lastFailure.at)}: ${lastFailure.detail}`]] as const)
        : []),
    ],
  };
}

const withoutMonasca = ({ dependencies }: PipelineResponse): Stage => ({
  ...{ key: 'monasca', title: 'Monasca', level: 'off', facts: [] },
  text: String(dependencies['monasca']?.['detail'] ?? 'Not configured.'),
});

const timeText = (time: string | undefined): string =>
  time === undefined ? 'never' : dateText(Date.parse(time));

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

export const uptimeText = ({ startedAt, time }: PipelineResponse): string =>
  durationText((Date.parse(time) - Date.parse(startedAt)) / 1_000);
