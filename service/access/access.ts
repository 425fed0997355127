import { requiresCredentials } from '../config/access.ts';
import type { Config } from '../config/schema.ts';
import type { DependenciesHealth } from '../contract/health.ts';
import type { Identity } from '../contract/instance.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { type Authorizer, createAuthorizer } from './authorizer.ts';
import { createCaller } from './caller.ts';
import { createAddressOf } from './client-address.ts';
import { type Credential, Credentials } from './credentials.ts';
import { Sessions, sessionsKey } from './identity/sessions.ts';
import { createSignIn, type SignIn } from './identity/sign-in.ts';
import { createInstanceQuota, instanceQuotaKey } from './instance-quota.ts';
import { lastUsedKey, lastUsedText, restoreLastUsed } from './last-used.ts';
import { createReload, type RenewableCertificate } from './reload.ts';
import { createSavedState } from './saved-state.ts';

/** Authorization of requests, and the state that it keeps. */
export type Access = {
  readonly authorizer: Authorizer;
  /** For what is open to all, although the rest of the service requires credentials. */
  readonly openAuthorizer: Authorizer;
  readonly signIn: SignIn;
  /** The configured tokens and certificates. */
  credentials(): readonly Credential[];
  start(): void;
  /** Reads tokens and certificates again; unusable files change nothing. */
  reload(): void;
  health(): DependenciesHealth;
  /** Sends the responses to failed logins that are delayed. */
  endDelays(): void;
  stop(): Promise<void>;
};

export function openAccess(
  config: Config,
  parts: {
    store: Pick<Store, 'settings' | 'write'>;
    isKnown: (instance: Identity) => boolean;
    /** Undefined without TLS. */
    certificate: RenewableCertificate | undefined;
  },
  runtime: Runtime,
): Access {
  const { auth, http, liveness } = config;
  const { store, isKnown, certificate } = parts;
  const { clock } = runtime;
  const settings = store.settings();
  const quota = createInstanceQuota({
    isKnown,
    refillMs: liveness.retireAfterSeconds * 1_000,
    now: clock.now,
    saved: settings.get(instanceQuotaKey),
  });
  const credentials = new Credentials({
    callerOf: (entry) => createCaller(entry, quota, auth.maxInstances),
    now: clock.now,
  });
  const { reload, watch, health } = createReload(config, { credentials, certificate }, runtime);
  restoreLastUsed(credentials.list(), settings.get(lastUsedKey));
  const sessions = new Sessions({
    credentials,
    now: clock.now,
    maxAgeMs: auth.sessionHours * 3_600_000,
    saved: settings.get(sessionsKey),
  });
  const state = createSavedState(store, () => [
    [lastUsedKey, lastUsedText(credentials.list())],
    [instanceQuotaKey, quota.text()],
  ]);
  const sessionState = createSavedState(store, () => [[sessionsKey, sessions.text()]]);
  const states = [state, sessionState];
  const isRestricted = requiresCredentials(auth);
  const known = isRestricted ? { credentials, sessions } : undefined;
  const delays = new AbortController();
  const life = new AbortController();
  let work: Promise<unknown> = Promise.resolve();

  const { limits, trustedProxies } = http;
  const common = { limits, addressOf: createAddressOf(trustedProxies), stopping: delays.signal };
  const authorizerOf = (knownOrOpen: typeof known) =>
    createAuthorizer({ known: knownOrOpen, ...common }, runtime);
  const authorizer = authorizerOf(known);

  return {
    authorizer,
    openAuthorizer: authorizerOf(undefined),
    signIn: createSignIn({ known, authorizer, save: sessionState.save }),
    credentials: () => credentials.list(),
    start() {
      const { signal } = life;
      work = Promise.all([...states.map(({ keep }) => keep(clock, signal)), watch(signal)]);
    },
    reload,
    health: () => (isRestricted || certificate ? { access: health() } : {}),
    endDelays: () => delays.abort(),
    async stop() {
      life.abort();
      await work;
      await Promise.all(states.map(({ save }) => save()));
    },
  };
}
