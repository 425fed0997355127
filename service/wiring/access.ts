import { asksForTokens } from '../config/access.ts';
import { readAccess } from '../config/access-file.ts';
import type { Config } from '../config/schema.ts';
import type { Scope } from '../contract/api/operation.ts';
import { createCredentials } from '../http/access/credentials.ts';
import { createGate, type Gate } from '../http/access/gate.ts';
import { lastUsedKey, lastUsedText, restoreLastUsed } from '../http/access/last-used.ts';
import { tokensRoute } from '../http/access/route.ts';
import type { Route } from '../http/route.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { StoreUnavailable } from '../store/failure.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';

/** Who may do what, and what is kept of it. */
export type Access = {
  readonly gate: Gate;
  readonly routes: readonly Route[];
  /** The routes with the scopes that the configuration may set. */
  withScopes(routes: readonly Route[]): readonly Route[];
  start(): void;
  /** Reads the file of tokens again; one that cannot be used changes nothing. */
  reload(): void;
  stop(): Promise<void>;
};

/** What is lost of "last used" when the process is killed. */
const saveEveryMs = 60_000;

export function openAccess({ auth }: Config, store: Store, runtime: Runtime): Access {
  const { clock, log, metrics } = runtime;
  const credentials = createCredentials({ tokens: [] }, clock.now);
  const list = credentials.list;

  function reload(): void {
    const reading = readAccess(auth);
    if (reading.kind === 'problems') {
      const { problems } = reading;
      log.error(
        { problems, file: auth.tokensFile },
        'the tokens cannot be read: the old ones stay',
      );
      return;
    }
    credentials.replace(reading.access);
  }
  reload();

  let saved = store.settings().get(lastUsedKey);
  restoreLastUsed(list(), saved);
  const life = new AbortController();
  let keeping: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    const text = lastUsedText(list());
    if (text === saved) return;
    try {
      await store.write(settingStatements(new Map([[lastUsedKey, text]])));
      saved = text;
    } catch (error) {
      // It goes with the next one.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  return {
    gate: createGate({ credentials: asksForTokens(auth) ? credentials : undefined, metrics }),
    routes: [tokensRoute(list, clock.now)],
    withScopes: (routes) => routes.map((route) => ({ ...route, scope: scopeOf(route, auth) })),
    start() {
      keeping = (async () => {
        while (!life.signal.aborted) {
          await clock.sleep(saveEveryMs, life.signal);
          await save();
        }
      })();
    },
    reload,
    async stop() {
      life.abort();
      await keeping;
      await save();
    },
  };
}

/** What monitoring reads may be open, though everything else asks for a token. */
function scopeOf({ path, scope }: Route, auth: Config['auth']): Scope {
  if (path === '/metrics') return auth.protectMetrics ? 'read' : 'none';
  if (path === '/health') return auth.protectHealth ? 'read' : 'none';
  return scope;
}
