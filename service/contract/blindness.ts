/** Why the service could not listen for a while: closed set, for it labels a metric. */
export const blindCauses = ['down', 'stall', 'suspend', 'store'] as const;
export type BlindCause = (typeof blindCauses)[number];
