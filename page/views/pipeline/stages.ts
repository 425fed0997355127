import type { PipelineResponse } from '../../../service/contract/api/pipeline.ts';
import { clockText, durationText, numberText, plural } from '../../parts/format.ts';

/** A part of the pipeline, described for people. */
export type Stage = {
  readonly key: string;
  readonly title: string;
  readonly level: 'good' | 'warning' | 'bad' | 'off';
  /** What is the case, in a sentence. */
  readonly text: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
};

type Failure = { readonly at?: string; readonly reason?: string; readonly detail?: string };
/** A dependency as `/health` describes it; its members depend on what it is. */
type Dependency = PipelineResponse['dependencies'][string];

const failureOf = (dependency: Dependency): Failure | undefined => {
  const failure = dependency['lastFailure'];
  return typeof failure === 'object' && failure !== null ? failure : undefined;
};
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
const timeText = (value: unknown): string => {
  const text = textOf(value);
  return text === undefined ? 'never' : clockText(Date.parse(text));
};

const reasons: Readonly<Record<string, string>> = {
  unreachable: 'has not been reachable',
  timeout: 'has not responded in time',
  throttled: 'has limited our rate',
  'server-error': 'has failed',
  unauthenticated: 'has refused us',
  forbidden: 'has denied access',
};

/** Sentence about deliveries to a destination that does not take them. */
export function outageText(title: string, dependency: Dependency): string {
  const { reason = '', detail } = failureOf(dependency) ?? {};
  const since = textOf(dependency['since']);
  const begin = since === undefined ? '' : ` since ${clockText(Date.parse(since))}`;
  const waiting = numberOf(dependency['behind']);
  const unit = title === 'Monasca' ? 'heartbeat' : 'event';
  const what = reasons[reason] ?? 'has refused deliveries';
  const why = detail === undefined ? '' : ` (${detail.replace(/\.$/, '')})`;
  return `${title} ${what}${begin}${why}. ${plural(waiting, unit)} ${waiting === 1 ? 'waits' : 'wait'} and ${waiting === 1 ? 'is' : 'are'} sent when it works again.`;
}

export function stagesOf(pipeline: PipelineResponse): Stage[] {
  const { dependencies, deadLetters } = pipeline;
  return Object.entries(dependencies).map(([key, dependency]) => {
    switch (key) {
      case 'store':
        return storeStage(dependency, pipeline.notReady);
      case 'liveness':
        return livenessStage(dependency);
      case 'keystone':
        return keystoneStage(dependency);
      default:
        return destinationStage(key, dependency, deadLetters[key] ?? 0);
    }
  });
}

function storeStage(store: Dependency, notReady: string | undefined): Stage {
  const outbox = store['outbox'];
  const { records, limit } =
    typeof outbox === 'object' && outbox !== null
      ? { records: 0, limit: 0, ...outbox }
      : { records: 0, limit: 0 };
  const depth = numberOf(records);
  const level = notReady !== undefined || store.status === 'down' ? 'bad' : 'good';
  const waits =
    depth === 0
      ? 'No heartbeat waits.'
      : `${plural(depth, 'heartbeat')} ${depth === 1 ? 'waits' : 'wait'} for delivery.`;
  const text =
    notReady === undefined
      ? `Heartbeats are stored. ${waits}`
      : `Heartbeats cannot be accepted: ${notReady}. Emitters keep them and send again.`;
  return {
    ...{ key: 'store', title: 'Store', level, text },
    facts: [
      ['Outbox', `${numberText(depth)} of ${numberText(numberOf(limit))}`],
      ['Free space', bytesText(numberOf(store['freeBytes']))],
      ['Last commit', timeText(store['lastSuccess'])],
    ],
  };
}

function livenessStage(liveness: Dependency): Stage {
  const isOutage = liveness['massOutage'] === true;
  const detail = textOf(liveness['detail']);
  const text =
    detail !== undefined
      ? `States may be out of date: ${detail}.`
      : isOutage
        ? 'A mass outage is under way; one event stands for all of its instances.'
        : 'States are evaluated once a second.';
  const level = detail !== undefined ? 'bad' : isOutage ? 'warning' : 'good';
  return {
    ...{ key: 'liveness', title: 'Evaluation', level, text },
    facts: [
      ['Last evaluation', `${numberText(numberOf(liveness['evaluationAgeSeconds']))} s ago`],
      ['Duration', `${numberText(numberOf(liveness['evaluationMs']))} ms`],
      ['Events to store', numberText(numberOf(liveness['waitingEvents']))],
    ],
  };
}

function keystoneStage(keystone: Dependency): Stage {
  const { at, detail } = failureOf(keystone) ?? {};
  const expires = textOf(keystone['tokenExpires']);
  const text =
    keystone.status === 'down'
      ? `Keystone has not given a token since ${timeText(at)}${detail === undefined ? '' : ` (${detail})`}.`
      : expires === undefined
        ? 'No token has been needed yet.'
        : `The token is valid until ${timeText(expires)} and is replaced before.`;
  return {
    ...{
      key: 'keystone',
      title: 'Keystone',
      level: keystone.status === 'down' ? 'bad' : 'good',
      text,
    },
    facts: [['Last login', timeText(keystone['lastSuccess'])]],
  };
}

function destinationStage(key: string, dependency: Dependency, deadLetters: number): Stage {
  const title =
    key === 'monasca'
      ? 'Monasca'
      : key.replace(/^notifier\./, 'Notifier ').replace(/^selfWatch$/, 'Monitor of the service');
  const { status } = dependency;
  const failure = failureOf(dependency);
  const behind = numberOf(dependency['behind']);
  const level =
    status === 'down' ? 'bad' : status === 'unused' ? 'off' : deadLetters > 0 ? 'warning' : 'good';
  const rejected = deadLetters === 0 ? '' : ` It rejected ${plural(deadLetters, 'record')}.`;
  const text =
    status === 'down'
      ? outageText(title, dependency) + rejected
      : status === 'unused'
        ? (textOf(dependency['detail']) ?? 'Not configured.')
        : `${key === 'selfWatch' ? 'It receives a request after each evaluation.' : behind === 0 ? 'Everything is delivered.' : `${plural(behind, 'record')} on the way.`}${rejected}`;
  return {
    ...{ key, title, level, text },
    facts: [
      ...(status === 'unused'
        ? []
        : ([['Last success', timeText(dependency['lastSuccess'])]] as const)),
      ...(failure?.at === undefined
        ? []
        : ([
            ['Last error', `${timeText(failure.at)}: ${failure.detail ?? failure.reason ?? ''}`],
          ] as const)),
    ],
  };
}

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

export const uptimeText = ({ startedAt, time }: PipelineResponse): string =>
  durationText((Date.parse(time) - Date.parse(startedAt)) / 1_000);
