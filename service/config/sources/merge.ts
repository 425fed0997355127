import type { Given } from './origin.ts';

/** Two ways to say the same: who gives one of them means to replace the other too. */
const alternatives = [
  ['keystone.userId', 'keystone.username'],
  ['keystone.userDomainId', 'keystone.userDomainName'],
  ['keystone.projectId', 'keystone.projectName'],
  ['keystone.projectDomainId', 'keystone.projectDomainName'],
  ['keystone.applicationCredentialId', 'keystone.applicationCredentialName'],
];

/** Lays sources over each other, setting by setting; the strongest comes first. */
export function mergeLayers(layers: readonly ReadonlyMap<string, Given>[]): Map<string, Given> {
  const merged = new Map<string, Given>();
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
