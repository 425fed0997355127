/**
 * Format of the heartbeats of a simulated fleet: 1,000 instances of 20 components. `full` ones have
 * the 149 bytes of real ones; 10,000 `compact` ones fit into 1 MiB. Those of `hbtd` come from the
 * 10,000 nodes of a Cray system, in the protocol of hbtd.
 */
export type HeartbeatFormat = 'full' | 'compact' | 'hbtd';

export const fleetSize = 1_000;
const components = 20;
const nodes = 10_000;

export const fleetSizeOf = (format: HeartbeatFormat): number =>
  format === 'hbtd' ? nodes : fleetSize;

/** Bytes to send, complete except for the timestamps (13 digits each). */
export type HeartbeatRequest = {
  readonly bytes: Buffer;
  readonly timestampOffsets: readonly number[];
};

export type RequestShape = {
  readonly path: string;
  readonly format: HeartbeatFormat;
  /** Heartbeats in a request: one is sent as an object, more as an array. */
  readonly batch: number;
  /** Bearer token; without one if it is empty. */
  readonly token?: string;
};

/** Renders a request with heartbeats of the instances of the fleet from number `first` on. */
export function renderRequest(
  { path, format, batch, token = '' }: RequestShape,
  first: number,
): HeartbeatRequest {
  const parts: string[] = [];
  const offsets: number[] = [];
  let length = 0;
  const add = (text: string) => {
    parts.push(text);
    length += text.length;
  };

  if (batch > 1) add('[');
  for (let item = 0; item < batch; item++) {
    if (item > 0) add(',');
    const [before, after] = fieldsOf(format, (first + item) % fleetSizeOf(format));
    add(before);
    offsets.push(length);
    add(`0000000000000${after}`);
  }
  if (batch > 1) add(']');

  const authorization = token === '' ? '' : `Authorization: Bearer ${token}\r\n`;
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  return {
    bytes: Buffer.from(head + parts.join(''), 'latin1'),
    timestampOffsets: offsets.map((offset) => offset + head.length),
  };
}

/** Sets the timestamps of all heartbeats of the request to one time. */
export function stampNow({ bytes, timestampOffsets }: HeartbeatRequest, nowMs: number): void {
  const digits = String(nowMs);
  for (const offset of timestampOffsets) bytes.write(digits, offset, 'latin1');
}

/**
 * Gives each heartbeat a time that its instance never had before. An equal time overwrites in
 * Monasca, so its number of measurements must equal the number of heartbeats sent. `sentBefore`
 * is the number of heartbeats in all requests before this one.
 */
export function stampUnique(
  { bytes, timestampOffsets }: HeartbeatRequest,
  baseMs: number,
  sentBefore: number,
): void {
  for (const [item, offset] of timestampOffsets.entries()) {
    bytes.write(String(baseMs + Math.floor((sentBefore + item) / fleetSize)), offset, 13, 'latin1');
  }
}

/** Text of a heartbeat before its timestamp and after it. */
const fieldsOf = (format: HeartbeatFormat, index: number): [string, string] =>
  format === 'hbtd'
    ? [`${nodeFields(index)},"Timestamp":"`, '"}']
    : [`${identity(format, index)},"timestamp":`, ',"interval":60}'];

/** A cabinet has eight chassis, a chassis eight slots, a slot four nodes. */
function nodeFields(index: number): string {
  const [node, slot, chassis] = [index & 3, (index >> 2) & 7, (index >> 5) & 7];
  const xname = `x${1_000 + (index >> 8)}c${chassis}s${slot}b${node >> 1}n${node & 1}`;
  const nid = String(index + 1).padStart(6, '0');
  return `{"Component":"${xname}","Hostname":"nid${nid}","NID":"${nid}","Status":"Kernel Running"`;
}

function identity(format: HeartbeatFormat, index: number): string {
  const component = String(index % components).padStart(2, '0');
  if (format === 'compact') {
    return `{"name":"ge-${component}","version":"3.10","instance":"${pseudoHex(index, 12)}"`;
  }
  const name = `iot-context-broker-${component}`;
  const pod = `${name}-${pseudoHex(index, 10)}-${pseudoHex(index + 7, 5)}`;
  return `{"name":"${name}","version":"3.10.1-fw8.4","instance":"${pod}"`;
}

/** Hexadecimal digits as in the id of a container, different for each index. */
function pseudoHex(index: number, digits: number): string {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return mixed.toString(16).padStart(8, '0').repeat(2).slice(0, digits);
}
