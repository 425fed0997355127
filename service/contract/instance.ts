/** Which instance is meant: the triple that a heartbeat brings. */
export type Identity = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

/**
 * What an instance is to us now. `late`: its heartbeat is overdue; `down`: so long overdue that we
 * call it dead; `retired`: it said goodbye, or someone took it out.
 */
export const instanceStates = ['up', 'late', 'down', 'retired'] as const;
export type InstanceState = (typeof instanceStates)[number];

/** After how many seconds of silence an instance counts as late, and as down. */
export type Thresholds = { readonly lateSeconds: number; readonly downSeconds: number };
