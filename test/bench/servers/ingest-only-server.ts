import { openAccess } from '../../../service/access/access.ts';
import { loadConfig } from '../../../service/config/load.ts';
import { healthRoutes } from '../../../service/http/health/routes.ts';
import { heartbeatsRawRoute } from '../../../service/http/routes/heartbeats.ts';
import { createHttpServer } from '../../../service/http/server/server.ts';
import { createIngest } from '../../../service/ingest/ingest.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { openStore } from '../../../service/store/store.ts';

/**
 * The service without registry and liveness: the same access, raw routes, ingest and store. The
 * difference to the whole service is the cost of tracking instances.
 */
const loaded = loadConfig({ env: process.env, argv: [] });
if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems));
const { dataDir, outbox, http, ingest } = loaded.config;
const metrics = createMetrics();
const log = createLog('warn');
const clock = systemClock;

const store = await openStore({ dataDir, ...outbox }, { clock, log, metrics });
const { authorizer } = openAccess(
  loaded.config,
  { store, isKnown: () => true, certificate: undefined },
  { clock, log, metrics },
);
const receive = createIngest({
  append: store.heartbeats.append,
  maxHeartbeats: http.maxHeartbeats,
  maxFutureMs: ingest.maxFutureSeconds * 1_000,
  maxAgeMs: 300_000,
  clock,
  metrics,
});
const routes = healthRoutes({
  notReady: () => undefined,
  dependencies: () => ({}),
  startedAtMs: clock.now(),
  version: '',
});
const server = createHttpServer(http, {
  rawRoutes: [heartbeatsRawRoute(receive)],
  routes,
  authorizer,
  log,
  metrics,
});
await server.listen();
process.once('SIGTERM', async () => {
  await server.close(1_000);
  await store.close();
});
