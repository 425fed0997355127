import { type Origin, originText } from './sources/origin.ts';

/** One thing that is wrong with the configuration. */
export type ConfigProblem = {
  /** Of the setting: `http.port`. Absent where no setting is meant. */
  readonly path?: string;
  /** What would set it: `HEARTBEAT_HTTP_PORT`. */
  readonly variable?: string;
  /** Where it stands: a variable, or a line of the file. Absent where nothing was given. */
  readonly origin?: Origin;
  /** In words that are safe to print: never a secret. Absent where nothing was given. */
  readonly given?: string;
  /** Completes "expected …". */
  readonly expected: string;
};

/** The exit code for a configuration that is wrong: `EX_CONFIG` of sysexits. */
export const configExitCode = 78;

/** All problems, one a line, for standard error. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}\n`);
  return `The configuration has ${count}:\n${lines.join('')}`;
}

export function formatProblem({ path, variable, origin, given, expected }: ConfigProblem): string {
  const subject = path && (variable ? `${path} (${variable})` : path);
  const where = origin && originText(origin);
  const finding = given ?? 'missing';
  const end = `expected ${expected}`;
  if (!subject) return `${where ?? 'command line'}: ${finding}; ${end}`;
  if (!where) return `${subject}: ${finding}; ${end}`;
  return `${subject}: ${finding} ${where === 'default' ? 'by default' : `in ${where}`}; ${end}`;
}

/** A value in words that fit a line. `secret` ones are never shown, nor a password in an address. */
export function inWords(value: unknown, secret: boolean): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a group';
  if (secret) return `a ${typeof value} that is not shown`;
  const text = JSON.stringify(value).replace(/\/\/.*@/, '//[redacted]@');
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}
