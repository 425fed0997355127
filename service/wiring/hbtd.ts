import type { Access } from '../access/access.ts';
import type { Config } from '../config/schema.ts';
import type { StateManagerConfig } from '../config/sections/notifiers/state-manager.ts';
import type { HbtdConfig } from '../config/sections/profiles.ts';
import type { Mount } from '../contract/raw-route.ts';
import { createKoaApp } from '../http/koa-app.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { ProfileChange } from '../liveness/evaluator.ts';
import type { ProfileRule } from '../liveness/thresholds.ts';
import { type PlannedNotifier, readerOf } from '../notify/notifications.ts';
import { createHsm, type Hsm, type HsmTarget } from '../notify/state-manager/hsm.ts';
import { type HbtdParts, type HsmStatus, hbtdMount } from '../profiles/hbtd/hbtd.ts';
import { createParameterDesk } from '../profiles/hbtd/parameter-desk.ts';
import type { Parameters } from '../profiles/hbtd/parameters.ts';
import type { StateOf } from '../profiles/hbtd/states.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { hbtdNotifiers, targetOf, telemetry } from './hbtd-notifiers.ts';

/** The hbtd profile before there is anybody to ask: its parameters are needed first. */
export type Hbtd = {
  /** Its thresholds at the start. */
  readonly rules: readonly ProfileRule[];
  /** Whom it tells of changes. */
  readonly notifiers: readonly PlannedNotifier[];
  serve(surroundings: HbtdSurroundings): HbtdServer;
};

export type HbtdSurroundings = {
  readonly ingest: Ingest;
  readonly stateOf: StateOf;
  readonly notReady: () => string | undefined;
  readonly access: Pick<Access, 'gate' | 'openGate' | 'tls'>;
  /** Whether a notifier, or whatever else has a pump, fails now. */
  readonly isFailing: (reader: string) => boolean;
};

export type HbtdServer = Pick<HttpServer, 'close'> & {
  /** What it answers to on the port of the service. */
  readonly mounts: readonly Mount[];
  /** Resolves with the port of its own; undefined when it is not wanted. */
  listen(): Promise<number | undefined>;
};

export function prepareHbtd(
  config: Config,
  store: Store,
  runtime: Runtime,
  changeProfiles: (change: ProfileChange) => Promise<void>,
): Hbtd {
  const { hbtd } = config.profiles;
  if (!hbtd.enabled) return { rules: [], notifiers: [], serve: () => absent };

  const naming = { version: hbtd.version };
  const configured = config.notifiers.find((notifier) => notifier.type === 'state-manager');
  const parameters = createParameterDesk({
    configured: parametersOf(hbtd, configured),
    fixed: new Set(configured ? ['Port', 'Nosm', 'Sm_url', 'Sm_timeout'] : ['Port']),
    saved: store.settings(),
    commit: (change) => changeProfiles({ ...change, rules: rules() }),
    log: runtime.log,
  });
  const rules = (): ProfileRule[] => {
    const { Warntime, Errtime } = parameters.current();
    const isMirrored = configured !== undefined || targetOf(parameters.current()) !== undefined;
    return [
      {
        matches: ({ version }) => version === naming.version,
        lateSeconds: Number(Warntime),
        downSeconds: Number(Errtime),
        reporting: isMirrored ? 'each' : 'grouped',
      },
    ];
  };

  const { current } = parameters;

  return {
    rules: rules(),
    notifiers: hbtdNotifiers(config, current, runtime),
    serve(surroundings) {
      const hsm = createHsm(configured ? configured.caFile : hbtd.smCaFile);
      const parts: HbtdParts = {
        ...surroundings,
        naming,
        parameters,
        hsmStatus: watchHsm(hsm, () => targetOf(current()), runtime),
        telemetryStatus() {
          const isUsed = hbtd.telemetryUrl !== undefined && current().Use_telemetry === '1';
          if (!isUsed) return 'Not Connected';
          const isFailing = surroundings.isFailing(readerOf({ name: telemetry }));
          return isFailing ? 'Connected and CLOSED' : 'Connected and OPEN';
        },
      };
      const server = serverOf(config, parts, surroundings.access, runtime);
      return {
        ...server,
        async close(graceMs) {
          await server.close(graceMs);
          hsm.close();
        },
      };
    },
  };
}

/** Whoever asks for the health of the service does not wait for that of others. */
const patienceMs = 2_000;
/** However often that is, others are not asked more often. */
const statusEveryMs = 1_000;

function watchHsm(
  hsm: Hsm,
  target: () => HsmTarget | undefined,
  { clock }: Runtime,
): () => Promise<HsmStatus> {
  let last: { readonly atMs: number; readonly status: Promise<HsmStatus> } | undefined;
  return () => {
    const atMs = clock.monotonic();
    if (last === undefined || atMs - last.atMs >= statusEveryMs) {
      last = { atMs, status: statusOf(hsm, target()) };
    }
    return last.status;
  };
}

async function statusOf(hsm: Hsm, target: HsmTarget | undefined): Promise<HsmStatus> {
  if (target === undefined) return 'Not initialized';
  const exchange = await hsm.ready(target, AbortSignal.timeout(patienceMs));
  return exchange.kind === 'response' && exchange.status === 200 ? 'Ready' : 'Not ready';
}

const absent: HbtdServer = {
  mounts: [],
  listen: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
};

function serverOf(
  { http, profiles: { hbtd } }: Config,
  parts: HbtdParts,
  access: HbtdSurroundings['access'],
  { log, metrics }: Runtime,
): HbtdServer {
  const { host = http.host, port, underMain, open } = hbtd;
  // Who is asked for a token must be able to send it without others reading it.
  const { gate, tls } = open ? { gate: access.openGate, tls: undefined } : access;
  const koa = createKoaApp([], gate, log);
  const { listen, close } = createHttpServer(
    { ...http, host, port },
    { rawRoutes: [], mounts: [hbtdMount('/', parts)], koa, gate, tls, log, metrics },
  );
  return { mounts: underMain ? [hbtdMount('/hmi/v1/', parts)] : [], listen, close };
}

/** A State Manager among the notifiers has its own settings, which are shown. */
const parametersOf = (
  hbtd: HbtdConfig,
  { url = hbtd.smUrl, timeoutSeconds = hbtd.smTimeoutSeconds }: Partial<StateManagerConfig> = {},
): Parameters => ({
  Debug: '0',
  Nosm: hbtd.noSm ? '1' : '0',
  Use_telemetry: hbtd.useTelemetry ? '1' : '0',
  Telemetry_host: '',
  Warntime: String(hbtd.warnSeconds),
  Errtime: String(hbtd.errSeconds),
  Port: String(hbtd.port),
  Kv_url: '',
  Interval: String(hbtd.intervalSeconds),
  Sm_url: url ?? '',
  Sm_timeout: String(timeoutSeconds),
  Sm_retries: '3',
});
