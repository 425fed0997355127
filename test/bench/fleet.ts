/**
 * The heartbeats of a made-up fleet: 1,000 instances of 20 components. `full` ones have the
 * 149 bytes of real ones; `compact` ones are short enough for 10,000 of them to fit into 1 MiB.
 * Those of `hbtd` are of the 10,000 nodes of a Cray system, in its own protocol.
 */
export type Form = 'full' | 'compact' | 'hbtd';

export const fleetSize = 1_000;
const nodes = 10_000;

export const sizeOf = (form: Form): number => (form === 'hbtd' ? nodes : fleetSize);
const components = 20;

/** Bytes ready to be sent, in which only the timestamps (13 digits each) are still to be filled in. */
export type Request = { readonly bytes: Buffer; readonly stampOffsets: readonly number[] };

/**
 * One heartbeat, or an array of `batch` when that is above 1, starting with member `first`. `token`
 * is sent along unless it is empty.
 */
export function renderRequest(
  path: string,
  form: Form,
  batch: number,
  first: number,
  token = '',
): Request {
  const parts: string[] = [];
  const stampOffsets: number[] = [];
  let length = 0;
  const add = (text: string) => {
    parts.push(text);
    length += text.length;
  };

  if (batch > 1) add('[');
  for (let item = 0; item < batch; item++) {
    if (item > 0) add(',');
    const [before, behind] = fieldsOf(form, (first + item) % sizeOf(form));
    add(before);
    stampOffsets.push(length);
    add(`0000000000000${behind}`);
  }
  if (batch > 1) add(']');

  const authorization = token === '' ? '' : `Authorization: Bearer ${token}\r\n`;
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  return {
    bytes: Buffer.from(head + parts.join(''), 'latin1'),
    stampOffsets: stampOffsets.map((offset) => offset + head.length),
  };
}

/** Gives all heartbeats of the request the same time. */
export function stampNow({ bytes, stampOffsets }: Request, nowMs: number): void {
  const digits = String(nowMs);
  for (const offset of stampOffsets) bytes.write(digits, offset, 'latin1');
}

/**
 * Gives each heartbeat a time that its instance never had before, so that Monasca, where an equal
 * time overwrites, must end up with exactly as many measurements as heartbeats were sent.
 * `sentBefore` counts the heartbeats of all requests before this one.
 */
export function stampUnique(
  { bytes, stampOffsets }: Request,
  baseMs: number,
  sentBefore: number,
): void {
  for (const [item, offset] of stampOffsets.entries()) {
    bytes.write(String(baseMs + Math.floor((sentBefore + item) / fleetSize)), offset, 13, 'latin1');
  }
}

/** What stands before the timestamp and behind it. */
const fieldsOf = (form: Form, index: number): [string, string] =>
  form === 'hbtd'
    ? [`${nodeFields(index)},"Timestamp":"`, '"}']
    : [`${identity(form, index)},"timestamp":`, ',"interval":60}'];

/** Eight chassis in a cabinet, eight slots in a chassis, four nodes in a slot. */
function nodeFields(index: number): string {
  const [node, slot, chassis] = [index & 3, (index >> 2) & 7, (index >> 5) & 7];
  const xname = `x${1_000 + (index >> 8)}c${chassis}s${slot}b${node >> 1}n${node & 1}`;
  const nid = String(index + 1).padStart(6, '0');
  return `{"Component":"${xname}","Hostname":"nid${nid}","NID":"${nid}","Status":"Kernel Running"`;
}

function identity(form: Form, index: number): string {
  const component = String(index % components).padStart(2, '0');
  if (form === 'compact') {
    return `{"name":"ge-${component}","version":"3.10","instance":"${pseudoHex(index, 12)}"`;
  }
  const name = `iot-context-broker-${component}`;
  const pod = `${name}-${pseudoHex(index, 10)}-${pseudoHex(index + 7, 5)}`;
  return `{"name":"${name}","version":"3.10.1-fw8.4","instance":"${pod}"`;
}

/** Different for each index, and looks like a container's id. */
function pseudoHex(index: number, digits: number): string {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return mixed.toString(16).padStart(8, '0').repeat(2).slice(0, digits);
}
