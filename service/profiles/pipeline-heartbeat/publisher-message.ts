import {
  otherStatusMessage,
  type PipelineComponent,
  pipelineVersion,
} from '../../contract/profiles/pipeline-heartbeat.ts';
import { ownProperty } from '../../contract/values/own-property.ts';
import { parseTimestamp } from '../../contract/values/timestamp.ts';
import type { Candidate } from '../../ingest/ingest.ts';
import { textOf } from '../../ingest/json-body.ts';

/** Lists of a message: the place in it, the component, and what is wrong with an item. */
const lists = [
  { place: ['hosts'], component: 'host', fault: 'no TCP connection to the host' },
  {
    place: ['rmq_consumers', 'queues_status'],
    component: 'queue',
    fault: 'not all consumers of the queue are active',
  },
  {
    place: ['rmq_consumers', 'services_status'],
    component: 'consumer',
    fault: 'no active consumer',
  },
] as const satisfies readonly {
  place: readonly string[];
  component: PipelineComponent;
  fault: string;
}[];

/**
 * The heartbeats in a message of a publisher: each host, queue and consumer, and the publisher itself.
 * Undefined for a message of another kind; that is found without parsing it.
 */
export function readPublisherMessage(
  body: Buffer,
  intervalSeconds: number,
): readonly Candidate[] | undefined {
  if (!body.includes('"rmq_consumers"')) return undefined;
  const message = parse(body);
  if (ownProperty(message, 'status') !== 'heartbeat') return undefined;
  const shared = { version: pipelineVersion, interval: intervalSeconds };
  const checked = lists.flatMap(({ place, component, fault }) => {
    const items = place.reduce<unknown>((value, key) => ownProperty(value, key), message);
    const path = `$.${place.join('.')}`;
    if (items === undefined || items === null) return [];
    if (!Array.isArray(items)) return [{ path, fields: items }];
    const candidates = items.map((item, index) => ({
      path: `${path}[${index}]`,
      fields: { ...shared, name: component, ...fieldsOf(item, fault) },
    }));
    return mergeEqual(candidates);
  });
  const service = ownProperty(message, 'service');
  const times = checked.flatMap(({ fields }) => ownProperty(fields, 'timestamp') ?? []);
  const newest = times
    .filter((time) => parseTimestamp(time) !== undefined)
    .toSorted()
    .at(-1);
  const publisher = {
    ...shared,
    name: 'publisher' satisfies PipelineComponent,
    instance: typeof service === 'string' && service !== '' ? service : 'publisher',
    // The message's own timestamp is the start of the publisher.
    timestamp: newest,
  };
  return [...checked, { path: '$.service', fields: publisher }];
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(textOf(body) ?? '');
  } catch {
    return undefined;
  }
}

/** Any other word than `ok` is a key of its own in the original, and is not ok here. */
function fieldsOf(item: unknown, fault: string) {
  const status = ownProperty(item, 'status');
  const isOk = status === 'ok';
  const word = typeof status === 'string' ? status : String(status);
  return {
    instance: ownProperty(item, 'name'),
    timestamp: timestampOf(ownProperty(item, 'timestamp')),
    status: isOk ? 'ok' : 'not_ok',
    ...(isOk ? {} : { message: status === 'not_ok' ? fault : otherStatusMessage(word) }),
  };
}

/** `2026-11-30 12:56:39 UTC` as RFC 3339; other values are left to the check. */
const timestampOf = (value: unknown): unknown =>
  typeof value === 'string'
    ? value.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/, '$1T$2Z')
    : value;

/** A name that occurs twice in a list is one instance, which is ok only if both are. */
function mergeEqual<T extends { fields: { instance: unknown; status: string } }>(all: T[]): T[] {
  const byName = new Map<unknown, T>();
  for (const candidate of all) {
    const { instance, status } = candidate.fields;
    if (!byName.has(instance) || status === 'not_ok') byName.set(instance, candidate);
  }
  return [...byName.values()];
}
