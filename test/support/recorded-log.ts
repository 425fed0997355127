import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Log } from '../../service/runtime/log.ts';

export type LogLine = { readonly level: string; readonly msg: string } & Readonly<
  Record<string, unknown>
>;

/** A log whose lines a test can read. */
export function createRecordedLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const options = {
    base: null,
    timestamp: false,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  return { log: pino(options, stream), lines };
}
