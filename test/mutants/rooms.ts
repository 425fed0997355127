/** Sources of a room, and the tests that cover them. */
export type Room = {
  /** Folders or files whose TypeScript gets faults. */
  readonly sources: readonly string[];
  /** Beginnings of the paths of tests. */
  readonly tests: readonly string[];
  /** Tests among them that take minutes: they run in the whole suite, but not for each mutant. */
  readonly slowTests?: readonly string[];
};

const room = (name: string, more: Partial<Room> = {}): Room => ({
  sources: [`service/${name}`],
  tests: [`test/${name}/`],
  ...more,
});

export const rooms: Readonly<Record<string, Room>> = {
  access: room('access'),
  cli: room('cli'),
  config: room('config'),
  contract: room('contract'),
  delivery: room('delivery'),
  grafana: { sources: ['grafana'], tests: ['test/grafana/'] },
  http: room('http'),
  ingest: room('ingest'),
  ledger: room('ledger'),
  liveness: room('liveness', {
    slowTests: ['test/liveness/restart-matrix.test.ts', 'test/liveness/living.test.ts'],
  }),
  monasca: room('monasca'),
  'monasca-mock': { sources: ['monasca-mock'], tests: ['test/monasca-mock/'] },
  notify: room('notify'),
  profiles: room('profiles'),
  query: room('query'),
  receiver: { sources: ['receiver'], tests: ['test/receiver/'] },
  registry: room('registry'),
  runtime: room('runtime'),
  silences: room('silences'),
  store: room('store'),
};
