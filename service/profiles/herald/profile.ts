import type { Socket } from 'node:net';
import type { HeraldConfig } from '../../config/sections/records/herald.ts';
import type { RecordFormat, RecordRefusal } from '../../contract/metrics/records.ts';
import type { LogRecord } from '../../contract/records/log-record.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Progress, receiveRecords } from './connection.ts';
import { createIdentify } from './identity.ts';
import { type RecordListener, RecordServer } from './listener.ts';

/** Refusals of one address for one reason are logged at most so often. */
const logEveryMs = 60_000;

/** Receives records over TCP and stores them. */
export function createHeraldProfile(
  config: HeraldConfig,
  append: (records: readonly LogRecord[], format: RecordFormat) => Promise<void>,
  { clock, log, metrics }: Runtime,
): RecordListener {
  const logged = new Map<string, number>();
  const intake = {
    maxRecordBytes: config.maxRecordBytes,
    now: clock.now,
    identify: createIdentify(config.identity),
    append,
    refused(reason: RecordRefusal, detail: string, address: string) {
      metrics.recordsRefused.inc({ reason });
      const nowMs = clock.monotonic();
      const key = `${address} ${reason}`;
      if (nowMs - (logged.get(key) ?? Number.NEGATIVE_INFINITY) < logEveryMs) return;
      if (logged.size > 1_000) logged.clear();
      logged.set(key, nowMs);
      log.warn({ address, reason, detail }, 'a record was refused');
    },
  };
  const receive = (socket: Socket, address: string, progress: Progress) =>
    receiveRecords(socket.iterator({ destroyOnReturn: false }), address, intake, progress);
  const listener = new RecordServer(config, log, receive);
  metrics.mirror('recordConnections', (gauge) => gauge.set(listener.open));
  return listener;
}
