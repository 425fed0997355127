import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A real SIGKILL at a named line: the process loads one source file of the service with a call
 * before that line, and dies at the `hit`-th execution.
 */
export type FailPoint = {
  /** The file below `service/`. */
  readonly file: string;
  /** The beginning of the line, which must be found once in the file. */
  readonly line: string;
  readonly hit: number;
};

/** Environment variables of the process that must die. */
export function failPointSettings(point: FailPoint): Readonly<Record<string, string>> {
  const source = fileURLToPath(new URL(`../../service/${point.file}`, import.meta.url));
  const found = readFileSync(source, 'utf8')
    .split('\n')
    .filter((line) => line.trim().startsWith(point.line));
  if (found.length !== 1) {
    throw new Error(`${point.file} has ${found.length} lines that begin with ${point.line}`);
  }
  const hooks = new URL('./fail-point-hooks.js', import.meta.url);
  return { NODE_OPTIONS: `--import=${hooks.href}`, TEST_FAIL_POINT: JSON.stringify(point) };
}
