import type { Component, Identity } from '../contract/instance.ts';
import { createGlob } from '../contract/values/glob.ts';

/** Globs that the parts of an identity have to match; an absent one matches everything. */
export type IdentityGlobs = { readonly [Part in keyof Identity]?: string | undefined };

/** Returns whether a component matches; the glob for the instance is left aside. */
export function componentMatcher({ name, version }: IdentityGlobs) {
  const isName = createGlob(name ?? '*');
  const isVersion = createGlob(version ?? '*');
  return (component: Component): boolean => isName(component.name) && isVersion(component.version);
}
