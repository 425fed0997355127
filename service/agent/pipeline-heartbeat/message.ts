/** A message of the publisher, as its text. */
export type PublisherMessage = { readonly text: string };

/** State of a host, a queue or a consumer, with the time of its check. */
export type ComponentStatus = {
  readonly name: string;
  readonly isOk: boolean;
  readonly checkedAtMs: number;
};

export type PublisherReport = {
  /** The original computes it once, at its start. */
  readonly startedAtMs: number;
  readonly hosts: readonly ComponentStatus[];
  readonly queues: readonly ComponentStatus[];
  readonly consumers: readonly ComponentStatus[];
};

/**
 * The message as Python's `json.dumps` writes it: members in this order, a blank behind `,` and `:`,
 * and only ASCII.
 */
export function formatMessage({
  startedAtMs,
  hosts,
  queues,
  consumers,
}: PublisherReport): PublisherMessage {
  const queuesStatus = formatList(queues);
  const text =
    `{"status": "heartbeat", "service": "publisher", "timestamp": ${formatTime(startedAtMs)}, ` +
    `"hosts": ${formatList(hosts)}, "rmq_consumers": ` +
    `{"queues_status": ${queuesStatus}, "services_status": ${formatList(consumers)}}}`;
  return { text };
}

const formatList = (components: readonly ComponentStatus[]): string =>
  `[${components.map(formatComponent).join(', ')}]`;

function formatComponent({ name, isOk, checkedAtMs }: ComponentStatus): string {
  const status = isOk ? 'ok' : 'not_ok';
  const time = formatTime(checkedAtMs);
  return `{"name": ${formatText(name)}, "status": "${status}", "timestamp": ${time}}`;
}

/** `2026-11-30 12:56:39 UTC` */
const formatTime = (ms: number): string =>
  `"${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC"`;

const formatText = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
