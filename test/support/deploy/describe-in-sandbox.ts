import { describe } from '@jest/globals';
import { describeWith, findProgram } from '../programs.ts';
import { canEnterSandbox, sandboxPrograms } from './sandbox.ts';

/**
 * `describe` for tests that run the service in a sandbox. They are skipped, with a line that says so,
 * where the kernel refuses the mounts; with `CI=true` they fail where a program is missing.
 */
export function describeInSandbox(title: string, body: () => void): void {
  const isComplete = sandboxPrograms.every((name) => findProgram(name) !== undefined);
  if (!isComplete || canEnterSandbox()) {
    describeWith(sandboxPrograms, title, body);
  } else {
    process.stderr.write(`skipped, ${title}: the kernel refuses a mount namespace\n`);
    describe.skip(title, body);
  }
}
