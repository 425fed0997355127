import { writeSync } from 'node:fs';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { withoutTokens } from '../contract/access/token.ts';

export type Log = Logger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * A line that standard output does not take (a full disk, no reader) is lost, without further effect:
 * pino's own stream would throw, or retry forever while the service is blocked.
 */
const standardOutput: DestinationStream = {
  write(line) {
    try {
      const bytes = Buffer.from(withoutTokens(line));
      for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
    } catch {
      // There is no other place for the error.
    }
  },
};

/**
 * The process's log: one JSON object a line on standard output, `time` in ISO 8601.
 *
 * Secrets are redacted by type (see `Secret`). The paths below catch what libraries might pass, such
 * as the headers of a failed request. Our own tokens are redacted anywhere, by their form.
 */
export function createLog(level: LogLevel): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
    redact: {
      paths: [
        'headers["x-auth-token"]',
        'headers.authorization',
        '*.headers["x-auth-token"]',
        '*.headers.authorization',
        'password',
        '*.password',
        'secret',
        '*.secret',
      ],
      censor: '[redacted]',
    },
  };
  return pino(options, standardOutput);
}
