import type { Heartbeat } from '../heartbeat.ts';

/**
 * Components of the things that a publisher of pipeline-heartbeat checks, and of publishers
 * themselves. The instance is the name of the host, the queue, the consumer or the publisher.
 */
export const pipelineComponents = ['host', 'queue', 'consumer', 'publisher'] as const;
export type PipelineComponent = (typeof pipelineComponents)[number];

/** Version of all these components. */
export const pipelineVersion = 'pipeline-heartbeat';

const otherStatus = 'the status is ';

/** Message of a heartbeat whose status in pipeline-heartbeat is neither `ok` nor `not_ok`. */
export const otherStatusMessage = (word: string): string => otherStatus + word;

/** The status of a heartbeat in pipeline-heartbeat, where any word is one. */
export function pipelineStatusOf({
  status,
  message,
}: Pick<Heartbeat, 'status' | 'message'>): string {
  return message?.startsWith(otherStatus) ? message.slice(otherStatus.length) : (status ?? 'ok');
}
