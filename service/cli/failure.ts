/** Exit codes of `ge-heartbeat`, numbered as in sysexits.h. Scripts rely on them: they are stable. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 64,
  unavailable: 69,
  cannotCreate: 73,
  protocol: 76,
  notAllowed: 77,
  configuration: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'success',
  1: 'failure: unknown instance, internal error of the service, …',
  64: 'invalid command line or invalid values',
  69: 'the service is unreachable or temporarily unavailable: try again later',
  73: 'a backup cannot be written or restored',
  76: 'the response is not that of GE Heartbeat, or of another version',
  77: 'the token is missing, invalid or lacks a permission',
  78: 'invalid configuration',
};

/** Reason for the user why a command failed. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  /** What the user can try. */
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
