import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The `package.json` of this program. The code is at different depths below it: in a clone in
 * `service/`, in an installed package in `dist/service/`.
 */
const packageJson = findPackageJSON('.', import.meta.url) ?? 'package.json';

/** Path of a file of the package, given relative to its root. */
export const packageFile = (path: string): string => join(dirname(packageJson), path);

/** The version of this program, as its package says. */
export function packageVersion(): string {
  const content: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  const known = typeof content === 'object' && content !== null && 'version' in content;
  return known ? String(content.version) : 'unknown';
}
