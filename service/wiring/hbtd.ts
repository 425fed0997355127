import type { Config } from '../config/schema.ts';
import type { HbtdConfig } from '../config/sections/profiles.ts';
import type { Subtree } from '../contract/lane.ts';
import { createGate, type Gate } from '../http/access/gate.ts';
import { createFramework } from '../http/framework.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { ProfileChange } from '../liveness/evaluator.ts';
import type { ProfileRule } from '../liveness/thresholds.ts';
import { hbtdSubtree } from '../profiles/hbtd/hbtd.ts';
import { createParameterDesk } from '../profiles/hbtd/parameter-desk.ts';
import type { Parameters } from '../profiles/hbtd/parameters.ts';
import type { StateOf } from '../profiles/hbtd/states.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';

/** The hbtd profile before there is anybody to ask: its parameters are needed first. */
export type Hbtd = {
  /** Its thresholds at the start. */
  readonly rules: readonly ProfileRule[];
  serve(surroundings: HbtdSurroundings): HbtdServer;
};

export type HbtdSurroundings = {
  readonly ingest: Ingest;
  readonly stateOf: StateOf;
  readonly notReady: () => string | undefined;
  readonly gate: Gate;
};

export type HbtdServer = Pick<HttpServer, 'close'> & {
  /** What it answers to on the port of the service. */
  readonly subtrees: readonly Subtree[];
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
  if (!hbtd.enabled) return { rules: [], serve: () => absent };

  const naming = { version: hbtd.version };
  const parameters = createParameterDesk({
    configured: parametersOf(hbtd),
    fixed: new Set(['Port']),
    saved: store.settings(),
    commit: (change) => changeProfiles({ ...change, rules: rules() }),
    log: runtime.log,
  });
  const rules = (): ProfileRule[] => {
    const { Warntime, Errtime } = parameters.current();
    return [
      {
        isMeant: ({ version }) => version === naming.version,
        lateSeconds: Number(Warntime),
        downSeconds: Number(Errtime),
      },
    ];
  };

  return {
    rules: rules(),
    serve(surroundings) {
      const subtree = (prefix: string) =>
        hbtdSubtree(prefix, {
          ...surroundings,
          naming,
          parameters,
          hsmStatus: () => Promise.resolve('Not initialized'),
          telemetryStatus: () => 'Not Connected',
        });
      return serverOf(config, subtree, surroundings.gate, runtime);
    },
  };
}

const absent: HbtdServer = {
  subtrees: [],
  listen: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
};

function serverOf(
  { http, profiles: { hbtd } }: Config,
  subtree: (prefix: string) => Subtree,
  mainGate: Gate,
  { log, metrics }: Runtime,
): HbtdServer {
  const { host = http.host, port, underMain, open } = hbtd;
  const gate = open ? createGate({ credentials: undefined, metrics }) : mainGate;
  const koa = createFramework([], gate, log);
  const { listen, close } = createHttpServer(
    { ...http, host, port },
    { lanes: [], subtrees: [subtree('/')], koa, gate, log, metrics },
  );
  return { subtrees: underMain ? [subtree('/hmi/v1/')] : [], listen, close };
}

const parametersOf = (hbtd: HbtdConfig): Parameters => ({
  Debug: '0',
  Nosm: hbtd.noSm ? '1' : '0',
  Use_telemetry: hbtd.useTelemetry ? '1' : '0',
  Telemetry_host: '',
  Warntime: String(hbtd.warnSeconds),
  Errtime: String(hbtd.errSeconds),
  Port: String(hbtd.port),
  Kv_url: '',
  Interval: String(hbtd.intervalSeconds),
  Sm_url: hbtd.smUrl ?? '',
  Sm_timeout: String(hbtd.smTimeoutSeconds),
  Sm_retries: '3',
});
