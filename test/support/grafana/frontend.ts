import { createRequire } from 'node:module';

/** Grafana's own code for the browser; as ES modules its packages cannot be loaded by Node. */
export const grafanaData: typeof import('@grafana/data') = createRequire(import.meta.url)(
  '@grafana/data',
);
