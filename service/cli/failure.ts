/**
 * How `ge-heartbeat` ends, as sysexits.h numbers it. Scripts rely on these: they are documented and
 * do not change.
 */
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
  0: 'done',
  1: 'it could not be done: there is no such instance, the service failed, …',
  64: 'what was typed is wrong',
  69: 'the service cannot be reached, or cannot do it now: try again later',
  73: 'a backup cannot be written, or not be put in its place',
  76: 'what answered is no GE Heartbeat, or one of another version',
  77: 'the token is missing, wrong, or good for less',
  78: 'the configuration is wrong',
};

/** Why a command could not be done, for the person who typed it. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  /** What to try. */
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
