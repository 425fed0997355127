/**
 * Components of the things that a publisher of pipeline-heartbeat checks, and of publishers
 * themselves. The instance is the name of the host, the queue, the consumer or the publisher.
 */
export const pipelineComponents = ['host', 'queue', 'consumer', 'publisher'] as const;
export type PipelineComponent = (typeof pipelineComponents)[number];

/** Version of all these components. */
export const pipelineVersion = 'pipeline-heartbeat';
