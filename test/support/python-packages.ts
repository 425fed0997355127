import { describe } from '@jest/globals';
import { describeUnless } from './programs.ts';
import { findPython, makePythonEnvironment, type PythonEnvironment } from './python-environment.ts';

/** Minor version of the Python 3 of Debian 12. */
const debianMinor = 11;

type WantedPackages = {
  /** Name of the environment. */
  readonly name: string;
  /** Least minor version of Python 3. */
  readonly minor: number;
  readonly packages: readonly string[];
};

/**
 * `describe` for tests with packages of PyPI. They are skipped with a line where the packages cannot be
 * installed, or where the Python has to be newer than Debian's; if a Python that Debian has is missing,
 * they fail with `CI=true`.
 */
export function describeWithPackages(
  { name, minor, packages }: WantedPackages,
  title: string,
  body: (environment: PythonEnvironment) => void,
): void {
  if (minor <= debianMinor && findPython(minor) === undefined) {
    describeUnless([`Python 3.${minor} or later`], title, () => undefined);
    return;
  }
  const made = makePythonEnvironment(name, minor, packages);
  if (typeof made !== 'string') {
    describe(title, () => body(made));
    return;
  }
  process.stderr.write(`skipped, ${title}: ${made}\n`);
  describe.skip(title, () => body({ python: '', bin: '' }));
}
