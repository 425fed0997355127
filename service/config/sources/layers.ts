import type { ConfigProblem, Origin } from '../problem.ts';

/** A value that a source gives, and its place in the source. */
export type GivenValue = { readonly value: unknown; readonly origin: Origin };

/** Given values by the path of their setting. */
export type GivenValues = ReadonlyMap<string, GivenValue>;

/** Values of one source, and its problems. */
export type ConfigSource = {
  readonly given: GivenValues;
  readonly problems: readonly ConfigProblem[];
};

/** Settings that exclude each other: a source that gives one replaces both of a weaker source. */
const alternatives = [
  ['keystone.userId', 'keystone.username'],
  ['keystone.userDomainId', 'keystone.userDomainName'],
  ['keystone.projectId', 'keystone.projectName'],
  ['keystone.projectDomainId', 'keystone.projectDomainName'],
  ['keystone.applicationCredentialId', 'keystone.applicationCredentialName'],
];

/** Merges sources, setting by setting; the strongest comes first. */
export function mergeLayers(layers: readonly GivenValues[]): Map<string, GivenValue> {
  const merged = new Map<string, GivenValue>();
  for (const layer of layers) {
    const decided = new Set(
      alternatives.filter((paths) => paths.some((path) => merged.has(path))).flat(),
    );
    for (const [path, given] of layer) {
      if (!merged.has(path) && !decided.has(path)) merged.set(path, given);
    }
  }
  return merged;
}
