import type { Environment } from './environment.ts';
import type { GivenValue, GivenValues } from './layers.ts';

/** A variable of another program that has no effect here. */
export type ConfigNote = { readonly variable: string; readonly reason: string };

/** Variables of hbtd's image, which are stronger than those of hbtd itself, by their setting. */
const settings: readonly (readonly [
  variable: string,
  path: string,
  read: (text: string) => unknown,
])[] = [
  ['WARNTIME', 'profiles.hbtd.warnSeconds', numberOf],
  ['ERRTIME', 'profiles.hbtd.errSeconds', numberOf],
  ['SM_URL', 'profiles.hbtd.smUrl', (text) => text],
  ['USE_TELEMETRY', 'profiles.hbtd.useTelemetry', switchOf],
  ['TELEMETRY_HOST', 'profiles.hbtd.telemetryHost', (text) => text],
];

const ownStore = 'the service keeps its data in dataDir, and needs no etcd';
const logLevel = 'log.level sets how much is logged';

/** Variables without effect, and values that are as good as none. */
const withoutEffect: readonly (readonly [variable: string, reason: string, harmless?: string])[] = [
  ['DEBUG', logLevel, '0'],
  ['KV_URL', ownStore],
  ['ETCD_HOST', ownStore],
  ['ETCD_PORT', ownStore],
  ['HBTD_DEBUG', logLevel, '0'],
  ['HBTD_KV_URL', ownStore],
  ['HBTD_SM_RETRIES', 'the service retries until the State Manager accepts a change', '3'],
  ['HBTD_CLEAR_ON_GAP', 'blind time never counts against a component', '0'],
  ['HBTD_RSLEEP', 'it is for tests of hbtd'],
];

/**
 * Variables of hbtd's image, for a deployment that replaces it, and all variables of hbtd that have no
 * effect.
 */
export function readHbtdVariables(
  env: Environment,
  { isEnabled, isImage }: { isEnabled: boolean; isImage: boolean },
): { given: GivenValues; notes: readonly ConfigNote[] } {
  const given = new Map<string, GivenValue>();
  for (const [variable, path, read] of isImage ? settings : []) {
    const text = env[variable];
    if (text) given.set(path, { value: read(text), origin: { kind: 'environment', variable } });
  }
  const notes = withoutEffect
    .filter(([variable]) => isEnabled && (isImage || variable.startsWith('HBTD_')))
    .filter(([variable, , harmless]) => env[variable] && env[variable] !== harmless)
    .map(([variable, reason]) => ({ variable, reason }));
  return { given, notes };
}

/** Text that does not fit is returned as it is: the check of the setting reports it. */
function numberOf(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function switchOf(text: string): unknown {
  const word = text.toLowerCase();
  if (['1', 'yes', 'on', 'true'].includes(word)) return true;
  return ['0', 'no', 'off', 'false'].includes(word) ? false : text;
}
