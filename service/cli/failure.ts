/**
 * How `ge-heartbeat` ends, as sysexits.h numbers it. Scripts rely on these: they are documented and
 * do not change.
 */
export const exitCodes = {
  done: 0,
  /** The service, or the world, said no. */
  failure: 1,
  /** What was typed is wrong. */
  usage: 64,
  /** The service cannot be reached, or cannot answer now: trying again may help. */
  unavailable: 69,
  /** A file cannot be made, or may not be overwritten. */
  cannotCreate: 73,
  /** What answered is no GE Heartbeat, or one of another version. */
  protocol: 76,
  /** The token is missing, wrong, or good for less. */
  notAllowed: 77,
  /** The configuration is wrong. */
  configuration: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

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
