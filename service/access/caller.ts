import type { CertificateEntry, TokenEntry } from '../config/sections/auth.ts';
import type { Caller } from '../contract/access/caller.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { createGlob } from '../contract/values/glob.ts';
import type { InstanceQuota } from './instance-quota.ts';

type Authorize = NonNullable<Caller['authorize']>;

/** Makes the caller of a token or certificate, with the instances that it may send. */
export function createCaller(
  { name, components, maxInstances }: TokenEntry | CertificateEntry,
  quota: InstanceQuota,
  defaultMaxInstances: number,
): Caller {
  const max = maxInstances ?? defaultMaxInstances;
  const [first, second] = [
    ...(components === undefined ? [] : [componentCheck(name, components)]),
    ...(max === 0 ? [] : [quotaCheck(name, max, quota)]),
  ];
  if (first === undefined) return { name };
  if (second === undefined) return { name, authorize: first };
  return { name, authorize: (instance, path) => first(instance, path) ?? second(instance, path) };
}

function componentCheck(caller: string, components: readonly string[]): Authorize {
  const patterns = components.map(createGlob);
  const expected = `a component that ${caller} may send (${components.join(', ')})`;
  return ({ name }, path) => {
    if (patterns.some((matches) => matches(name))) return undefined;
    return { path: `${path}.name`, expected, got: describeValue(name) };
  };
}

function quotaCheck(caller: string, max: number, quota: InstanceQuota): Authorize {
  const expected = `a known instance, because ${caller} has used its quota of new ones (maxInstances: ${max})`;
  return (instance, path) => {
    if (quota.allows(caller, instance, max)) return undefined;
    return { path: `${path}.instance`, expected, got: describeValue(instance.instance) };
  };
}
