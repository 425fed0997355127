import type { InstanceState } from '../../service/contract/instance.ts';
import { type Series, seriesKey } from '../fleet/beat.ts';
import { type Component, deployment } from '../fleet/components.ts';
import type { Tally } from '../fleet/tally.ts';
import type { Entry } from '../journal.ts';
import type { Count } from '../monasca.ts';
import type { Stack } from '../stack/stack.ts';
import type { Instance, Sight } from '../watch.ts';

/** All that is to be seen at one moment. */
export type View = {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly forSeconds?: number | undefined;
  readonly phase: Phase;
  readonly rows: readonly Row[];
  /** Components that are not of the demo: somebody tries it out. */
  readonly guests: readonly Guest[];
  readonly sight: Sight;
  /** When the service last reported that it looks for silence; undefined before it did. */
  readonly lastPingAtMs: number | undefined;
  readonly addresses: readonly Address[];
  readonly entries: readonly Entry[];
};

/** What a view is made of. */
export type Scene = Omit<View, 'rows' | 'guests'> & { readonly tally: Tally };

export function viewOf({ tally, ...scene }: Scene): View {
  const { sight, nowMs } = scene;
  return { ...scene, rows: rowsOf(tally, sight, nowMs), guests: guestsOf(sight) };
}

export type Phase = 'running' | 'goodbye' | 'draining' | 'comparing';

/** The state that the service sees an instance in, and whether it has beaten this moment. */
export type Pulse = 'beating' | Exclude<InstanceState, 'retired'>;

export type Row = {
  readonly component: Component;
  /** One for each instance that is not retired. */
  readonly pulses: readonly Pulse[];
  readonly accepted: number;
  readonly inMonasca: number;
};

export type Guest = {
  readonly name: string;
  readonly version: string;
  readonly pulses: readonly Pulse[];
  readonly inMonasca: number;
};

export type Address = {
  readonly label: string;
  readonly url: string;
  readonly remark?: string;
  /** Not shown where there is little room. */
  readonly isSpare?: boolean;
};

/** For how long a beat is seen. */
const flashMs = 350;

export function pulsesOf(
  instances: readonly Instance[],
  lastAcceptedAtMs: (series: Series) => number,
  nowMs: number,
): Pulse[] {
  return instances.flatMap(({ series, state }): Pulse[] => {
    if (state === 'retired') return [];
    return [state === 'up' && nowMs - lastAcceptedAtMs(series) < flashMs ? 'beating' : state];
  });
}

/** The deployment, each component with what its senders, the service and Monasca know of it. */
export function rowsOf(tally: Tally, { counts, instances }: Sight, nowMs: number): Row[] {
  const lastOnes = new Map<string, number>();
  for (const { series, lastAcceptedAtMs } of tally.accounts()) {
    lastOnes.set(seriesKey(series), lastAcceptedAtMs);
  }
  const lastAcceptedAtMs = (series: Series) => lastOnes.get(seriesKey(series)) ?? 0;
  return deployment.map((component) => {
    const isOurs = isOf(component);
    const accounts = [...tally.accounts()].filter(({ series }) => isOurs(series));
    const ours = instances.filter(({ series }) => isOurs(series));
    return {
      component,
      pulses: pulsesOf(ours, lastAcceptedAtMs, nowMs),
      accepted: accounts.reduce((sum, { accepted }) => sum + accepted.size, 0),
      inMonasca: beatsIn(counts.filter(({ series }) => isOurs(series))),
    };
  });
}

export function guestsOf({ counts, instances }: Sight): Guest[] {
  const all = [...instances, ...counts].map(({ series }) => series);
  const strangers = all.filter((series) => !deployment.some((one) => isOf(one)(series)));
  const groups = Map.groupBy(strangers, ({ name, version }) => `${name}\n${version}`);
  return [...groups.values()].flatMap(([first]) => {
    if (!first) return [];
    const { name, version } = first;
    const theirs = instances.filter(({ series }) => isOf(first)(series));
    const inMonasca = beatsIn(counts.filter(({ series }) => isOf(first)(series)));
    return [{ name, version, pulses: pulsesOf(theirs, () => 0, Number.MAX_VALUE), inMonasca }];
  });
}

const beatsIn = (counts: readonly Count[]): number =>
  counts.reduce((sum, { heartbeats }) => sum + heartbeats, 0);

/** How many are in which state, those that beat this moment among those that are up. */
export function strengthOf(pulses: readonly Pulse[]) {
  const strength = { up: 0, late: 0, down: 0 };
  for (const pulse of pulses) strength[pulse === 'beating' ? 'up' : pulse] += 1;
  return strength;
}

type Kind = { readonly name: string; readonly version: string };

const isOf =
  ({ name, version }: Kind) =>
  (other: Kind): boolean =>
    other.name === name && other.version === version;

/** What a visitor may want to call, to open or to look into. */
export function addressesOf(
  { serviceUrl, keystoneUrl, monascaUrl }: Pick<Stack, 'serviceUrl' | 'keystoneUrl' | 'monascaUrl'>,
  folder: string,
): Address[] {
  return [
    { label: 'Try it', url: `curl ${serviceUrl}/api/v1/heartbeats \\` },
    { label: '', url: `  -d '{"name":"Mine","version":"1","instance":"a"}'` },
    { label: 'Look', url: `${serviceUrl}/api/v1/instances`, remark: '/health  /metrics' },
    { label: 'Follow', url: `curl -N ${serviceUrl}/api/v1/events/stream` },
    {
      ...{ label: 'Keystone', url: keystoneUrl, isSpare: true },
      remark: 'user ge, password ge-secret, project ge',
    },
    { label: 'Monasca', url: monascaUrl, remark: 'metric GE_Heartbeat' },
    { label: 'Logs', url: folder, isSpare: true },
  ];
}
