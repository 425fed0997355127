import { type Component, deployment } from '../fleet/components.ts';
import type { Account, Tally } from '../fleet/tally.ts';
import type { Entry } from '../journal.ts';
import type { Stack } from '../stack/stack.ts';
import type { Sight } from '../watch.ts';

/** All that is to be seen at one moment. */
export type View = {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly forSeconds?: number | undefined;
  readonly phase: Phase;
  readonly rows: readonly Row[];
  /** Components that are in Monasca and not of the demo: somebody tries it out. */
  readonly guests: readonly Guest[];
  readonly sight: Sight;
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

export type Pulse = 'beating' | 'active' | 'silent';

export type Row = {
  readonly component: Component;
  /** One for each instance. */
  readonly pulses: readonly Pulse[];
  readonly accepted: number;
  readonly inMonasca: number;
};

export type Guest = {
  readonly name: string;
  readonly version: string;
  readonly instances: number;
  readonly inMonasca: number;
};

export type Address = { readonly label: string; readonly url: string; readonly remark?: string };

/** For how long a beat is seen, and after how many intervals of silence an instance is not. */
const flashMs = 350;
const activeIntervals = 2.5;

export function pulseOf(account: Account, nowMs: number): Pulse {
  const { lastAcceptedAtMs, intervalSeconds, hasSaidGoodbye } = account;
  const silentMs = nowMs - lastAcceptedAtMs;
  if (hasSaidGoodbye || silentMs > activeIntervals * intervalSeconds * 1_000) return 'silent';
  return silentMs < flashMs ? 'beating' : 'active';
}

/** The deployment, each component with what its senders and Monasca know of it. */
export function rowsOf(tally: Tally, { counts }: Sight, nowMs: number): Row[] {
  return deployment.map((component) => {
    const isOurs = isOf(component);
    const accounts = [...tally.accounts()].filter(({ series }) => isOurs(series));
    return {
      component,
      pulses: accounts.map((account) => pulseOf(account, nowMs)),
      accepted: accounts.reduce((sum, { accepted }) => sum + accepted.size, 0),
      inMonasca: counts
        .filter(({ series }) => isOurs(series))
        .reduce((sum, { heartbeats }) => sum + heartbeats, 0),
    };
  });
}

export function guestsOf({ counts }: Sight): Guest[] {
  const strangers = counts.filter(({ series }) => !deployment.some((one) => isOf(one)(series)));
  const groups = Map.groupBy(strangers, ({ series }) => `${series.name}\n${series.version}`);
  return [...groups.values()].map((group) => ({
    name: group[0]?.series.name ?? '',
    version: group[0]?.series.version ?? '',
    instances: group.length,
    inMonasca: group.reduce((sum, { heartbeats }) => sum + heartbeats, 0),
  }));
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
    { label: 'Health', url: `${serviceUrl}/health` },
    { label: 'Metrics', url: `${serviceUrl}/metrics` },
    { label: 'Keystone', url: keystoneUrl, remark: 'user ge, password ge-secret, project ge' },
    { label: 'Monasca', url: monascaUrl, remark: 'metric GE_Heartbeat' },
    { label: 'Logs', url: folder },
  ];
}
