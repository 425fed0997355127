/** Where a value comes from. */
export type Origin =
  /** `file` is the one that a `…_FILE` variable names. */
  | { readonly kind: 'environment'; readonly variable: string; readonly file?: string }
  | { readonly kind: 'file'; readonly file: string; readonly line?: number }
  | { readonly kind: 'default' };

export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'environment':
      return origin.file === undefined ? origin.variable : `${origin.variable} (${origin.file})`;
    case 'file':
      return origin.line === undefined ? origin.file : `${origin.file}, line ${origin.line}`;
    case 'default':
      return 'default';
  }
}

/** One problem of the configuration. */
export type ConfigProblem = {
  /** Path of the setting: `http.port`. Absent if no setting is meant. */
  readonly path?: string;
  /** Variable of the setting: `HEARTBEAT_HTTP_PORT`. */
  readonly variable?: string;
  /** Absent if no value was given. */
  readonly origin?: Origin;
  /** Description of the value that is safe to print: never a secret. Absent if none was given. */
  readonly given?: string;
  /** Completes "expected …". */
  readonly expected: string;
};

/** Exit code for an invalid configuration: `EX_CONFIG` of sysexits. */
export const configExitCode = 78;

/** All problems, in a line each, for standard error. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}\n`);
  return `The configuration has ${count}:\n${lines.join('')}`;
}

export function formatProblem({ path, variable, origin, given, expected }: ConfigProblem): string {
  const subject = path && (variable ? `${path} (${variable})` : path);
  const where = origin && formatOrigin(origin);
  const finding = given ?? 'missing';
  const end = `expected ${expected}`;
  if (!subject) return `${where ?? 'command line'}: ${finding}; ${end}`;
  if (!where) return `${subject}: ${finding}; ${end}`;
  return `${subject}: ${finding} ${where === 'default' ? 'by default' : `in ${where}`}; ${end}`;
}

/** Short description of a value. It contains no `secret` value, and no password of an address. */
export function describeGiven(value: unknown, secret: boolean): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a group';
  if (secret) return `a ${typeof value} that is not shown`;
  const text = JSON.stringify(value).replace(/\/\/.*@/, '//[redacted]@');
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}
