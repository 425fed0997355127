/** State of one dependency in `/health`, with whatever else is worth to know of it. */
export type DependencyHealth = Readonly<Record<string, unknown>> & {
  readonly status: 'up' | 'down' | 'unused';
};
