import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { delivered, retry } from '../../contract/outcome.ts';
import { type LogRecord, levelName } from '../../contract/records/log-record.ts';
import type { Forwarding, ForwardTarget } from './forwarding.ts';
import { pickleDict } from './pickle.ts';

/**
 * Sends records to a bridge of ps.herald, as Python's SocketHandler sends them. The protocol has no
 * acknowledgement. So each batch has a connection of its own, which this side ends; it counts as
 * delivered when the other side has ended it too, which it does when it has read everything. What a
 * bridge has read and not stored when it is killed is lost; HTTP to another GE Heartbeat loses nothing.
 */
export function createBridgeSender({ url, timeoutSeconds }: ForwardTarget): Forwarding {
  const { hostname, port } = new URL(url);
  const peer = `${hostname}:${port}`;
  return {
    async deliver(records, signal) {
      const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]);
        await exchange(socket, records, limit);
        return delivered;
      } catch (error) {
        return failureOf(error, peer, signal);
      } finally {
        socket.destroy();
      }
    },
    close: () => undefined,
  };
}

async function exchange(socket: Socket, records: readonly LogRecord[], signal: AbortSignal) {
  await once(socket, 'connect', { signal });
  const ended = once(socket, 'end', { signal });
  // It sends nothing, and its end is noticed only while the socket is read.
  socket.resume();
  for (const record of records) {
    if (!socket.write(frameOf(record))) await once(socket, 'drain', { signal });
  }
  socket.end();
  await ended;
}

function failureOf(error: unknown, peer: string, signal: AbortSignal) {
  const detail = Error.isError(error) ? error.message : String(error);
  if (signal.aborted) return retry('aborted', `${peer}: the service stops`);
  const isLate = Error.isError(error) && error.name === 'AbortError';
  return isLate
    ? retry('timeout', `${peer}: the connection was not ended in time`)
    : retry('unreachable', `${peer}: ${detail}`);
}

/**
 * Beginning of the column api_version with the hops of a record: a bridge of ps.herald keeps that column
 * and passes it on, so a loop with such a bridge in it is noticed too.
 */
export const hopsPrefix = 'hops=';

/** Fields of a LogRecord that ps.herald has a column for; others end its connection. */
const columns = [
  ...['pathname', 'filename', 'module', 'lineno', 'funcName', 'msecs', 'relativeCreated'],
  ...['thread', 'threadName', 'processName', 'process', 'asctime'],
  ...['SYSTEM_ID', 'SUB_SYSTEM_ID', 'SUB_SUB_SYSTEM_ID', 'PRODUKT_ID'],
  ...['USER_SPEC_1', 'USER_SPEC_2', 'package_version'],
];

/** A record in a frame of ps.herald's protocol: its length in four bytes, and a pickle. */
export function frameOf(record: LogRecord): Buffer {
  const { name, version, instance, level, message, logger = name, fields = {} } = record;
  const kept = Object.entries(fields).filter(([column]) => columns.includes(column));
  const pickle = pickleDict({
    name: logger,
    msg: message,
    args: null,
    levelname: levelName(level).toUpperCase(),
    levelno: level,
    exc_info: null,
    exc_text: record.exception ?? null,
    stack_info: record.stack ?? null,
    created: (record.createdAtMs ?? record.receivedAtMs) / 1_000,
    SYSTEM_ID: name,
    SUB_SYSTEM_ID: instance,
    package_version: version,
    ...(record.hops === undefined ? {} : { api_version: `${hopsPrefix}${record.hops.join(' ')}` }),
    ...Object.fromEntries(kept),
  });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(pickle.length);
  return Buffer.concat([length, pickle]);
}
