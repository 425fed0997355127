import { type Logger, pino } from 'pino';

export type Log = Logger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * The process's log: one JSON object a line on standard output, `time` in ISO 8601.
 *
 * Secrets are redacted by type (see `Secret`); the paths below catch what other people's libraries
 * might hand us, such as the headers of a failed request.
 */
export function createLog(level: LogLevel): Log {
  return pino({
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
  });
}
