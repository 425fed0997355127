import type { CertificateEntry, TokenEntry } from '../config/sections/auth.ts';
import type { Caller } from '../contract/access/caller.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { createGlob } from '../contract/values/glob.ts';
import type { InstanceQuota } from './instance-quota.ts';

type Bar = NonNullable<Caller['bar']>;

/** Who somebody with this entry is to those who take heartbeats. */
export function callerOf(
  { name, components, maxInstances }: TokenEntry | CertificateEntry,
  quota: InstanceQuota,
  usualMaxInstances: number,
): Caller {
  const max = maxInstances ?? usualMaxInstances;
  const bars = [
    ...(components === undefined ? [] : [componentBar(name, components)]),
    ...(max === 0 ? [] : [instanceBar(name, max, quota)]),
  ];
  const [first, second] = bars;
  if (first === undefined) return { name };
  if (second === undefined) return { name, bar: first };
  return { name, bar: (heartbeat, path) => first(heartbeat, path) ?? second(heartbeat, path) };
}

function componentBar(name: string, components: readonly string[]): Bar {
  const patterns = components.map(createGlob);
  const expected = `a component that ${name} may beat for (${components.join(', ')})`;
  return (heartbeat, path) => {
    if (patterns.some((matches) => matches(heartbeat.name))) return undefined;
    return { path: `${path}.name`, expected, got: describeValue(heartbeat.name) };
  };
}

function instanceBar(name: string, max: number, quota: InstanceQuota): Bar {
  const expected = `an instance that is known, for ${name} has brought as many new ones as it may (maxInstances: ${max})`;
  return (heartbeat, path) => {
    if (quota.allows(name, heartbeat, max)) return undefined;
    return { path: `${path}.instance`, expected, got: describeValue(heartbeat.instance) };
  };
}
