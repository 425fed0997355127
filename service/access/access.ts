import { asksWho } from '../config/access.ts';
import { readAccess } from '../config/access-file.ts';
import type { Config } from '../config/schema.ts';
import { readTls, type TlsMaterial } from '../config/tls-files.ts';
import type { Scope } from '../contract/api/operation.ts';
import type { DependenciesHealth } from '../contract/health.ts';
import type { Identity } from '../contract/instance.ts';
import type { Route } from '../http/route.ts';
import { tokensRoute } from '../http/routes/tokens.ts';
import type { TlsSource } from '../http/tls.ts';
import { fingerprint, watchFiles } from '../runtime/file-watch.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { StoreUnavailable } from '../store/failure.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import { createAddressOf } from './client-address.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { createGate, type Gate } from './gate.ts';
import { createInstanceQuota, instanceQuotaKey } from './instance-quota.ts';
import { lastUsedKey, lastUsedText, restoreLastUsed } from './last-used.ts';
import { callerOf } from './token-caller.ts';

/** Who may do what, and what is kept of it. */
export type Access = {
  readonly gate: Gate;
  /** For what everybody may use, though tokens are asked for elsewhere. */
  readonly openGate: Gate;
  /** Undefined where plain HTTP is spoken. */
  readonly tls: TlsSource | undefined;
  readonly routes: readonly Route[];
  /** The routes with the scopes that the configuration may set. */
  withScopes(routes: readonly Route[]): readonly Route[];
  start(): void;
  /** Reads tokens and certificates again; what cannot be used changes nothing. */
  reload(): void;
  health(): DependenciesHealth;
  /** Answers that are kept back go out now. */
  endDelays(): void;
  stop(): Promise<void>;
};

/** What is lost of "last used" when the process is killed. */
const saveEveryMs = 60_000;
const lookEveryMs = 2_000;

export function openAccess(
  config: Config,
  parts: { store: Store; isKnown: (instance: Identity) => boolean },
  runtime: Runtime,
): Access {
  const { auth, http, liveness } = config;
  const { store, isKnown } = parts;
  const { clock, log, metrics } = runtime;
  const settings = store.settings();
  const quota = createInstanceQuota({
    isKnown,
    refillMs: liveness.retireAfterSeconds * 1_000,
    now: clock.now,
    saved: settings.get(instanceQuotaKey),
  });
  const credentials = createCredentials({
    callerOf: (entry) => callerOf(entry, quota, auth.maxInstances),
    now: clock.now,
  });
  const tls = openTls(config, runtime);
  const delays = new AbortController();
  const life = new AbortController();
  const keeper = createKeeper(store, () => [
    [lastUsedKey, lastUsedText(credentials.list())],
    [instanceQuotaKey, quota.text()],
  ]);
  let keeping: Promise<unknown> = Promise.resolve();
  let isStale = false;

  const gateOf = (known: Credentials | undefined) =>
    createGate({
      credentials: known,
      limits: http.limits,
      addressOf: createAddressOf(http.trustedProxies),
      clock,
      metrics,
      stopping: delays.signal,
    });

  function readTokens(): boolean {
    const reading = readAccess(auth);
    if (reading.kind === 'access') {
      credentials.replace(reading.access);
      return true;
    }
    const { problems } = reading;
    log.error({ problems, file: auth.tokensFile }, 'the tokens cannot be used: the old ones stay');
    return false;
  }
  const files = reloadedFiles(config);
  const asRead = fingerprint(files);
  readTokens();
  restoreLastUsed(credentials.list(), settings.get(lastUsedKey));

  function reload(): void {
    const isGood = [readTokens(), tls?.renew() ?? true].every(Boolean);
    isStale = !isGood;
    metrics.reloads.inc({ result: isGood ? 'success' : 'failure' });
    if (isGood)
      log.info({ tokens: credentials.list().length }, 'tokens and certificates were read');
  }

  return {
    gate: gateOf(asksWho(auth) ? credentials : undefined),
    openGate: gateOf(undefined),
    tls: tls?.source,
    routes: [tokensRoute(credentials.list, clock.now)],
    withScopes: (routes) => routes.map((route) => ({ ...route, scope: scopeOf(route, auth) })),
    start() {
      const { signal } = life;
      keeping = Promise.all([
        keeper.keep(async () => {
          await clock.sleep(saveEveryMs, signal);
          return !signal.aborted;
        }),
        watchFiles({ files, asRead, everyMs: lookEveryMs, onChange: reload, clock, signal }),
      ]);
    },
    reload,
    health() {
      if (!asksWho(auth) && tls === undefined) return {};
      const certificateEnds = tls && new Date(tls.source.material().validToMs).toISOString();
      const entries = credentials.list().length;
      if (!isStale) return { access: { status: 'up', entries, certificateEnds } };
      const detail =
        'what was read last could not be used, the log says why: the old stays in force';
      return { access: { status: 'down', detail, entries, certificateEnds } };
    },
    endDelays: () => delays.abort(),
    async stop() {
      life.abort();
      await keeping;
      await keeper.save();
    },
  };
}

/** The files that may change while the service runs. */
export function reloadedFiles({ auth, http: { tls } }: Config): string[] {
  const files = [auth.tokensFile, tls.certFile, tls.keyFile, tls.clientCaFile];
  return files.filter((file) => file !== undefined);
}

function openTls({ http }: Config, { log, metrics }: Runtime) {
  let material: TlsMaterial | undefined;
  let renewed = () => {};

  function renew(): boolean {
    const reading = readTls(http.tls);
    if (reading.kind === 'material') {
      material = reading.material;
      renewed();
      return true;
    }
    const problems = reading.kind === 'faults' ? reading.faults : [];
    log.error({ problems }, 'the certificate cannot be used: the old one stays');
    return false;
  }

  if (http.tls.certFile === undefined) return undefined;
  renew();
  const first = material;
  if (first === undefined) throw new Error('the certificate was good a moment ago');
  metrics.mirror('certificateExpiry', (gauge) => gauge.set((material ?? first).validToMs / 1_000));
  const source: TlsSource = {
    material: () => material ?? first,
    onRenewed(listener) {
      const before = renewed;
      renewed = () => {
        before();
        listener();
      };
    },
  };
  return { source, renew };
}

/** Writes what has changed of some settings, now and then. */
function createKeeper(store: Store, current: () => readonly (readonly [string, string])[]) {
  const saved = new Map(store.settings());

  async function save(): Promise<void> {
    const changed = new Map(current().filter(([key, text]) => saved.get(key) !== text));
    if (changed.size === 0) return;
    try {
      await store.write(settingStatements(changed));
      for (const [key, text] of changed) saved.set(key, text);
    } catch (error) {
      // It goes with the next one.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  return {
    save,
    async keep(next: () => Promise<boolean>): Promise<void> {
      while (await next()) await save();
    },
  };
}

/** What monitoring reads may be open, though everything else asks for a token. */
function scopeOf({ path, scope }: Route, auth: Config['auth']): Scope {
  if (path === '/metrics') return auth.protectMetrics ? 'read' : 'none';
  if (path === '/health') return auth.protectHealth ? 'read' : 'none';
  return scope;
}
