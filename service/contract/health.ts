/** State of one dependency for `/health`: whether it works, and details for people. */
export type DependencyHealth = Readonly<Record<string, unknown>> & {
  readonly status: 'up' | 'down' | 'unused';
};

/** Health of dependencies by their names. */
export type DependenciesHealth = Readonly<Record<string, DependencyHealth>>;
