import NodeCache from 'node-cache';
import { defined } from '../../contract/defined.ts';
import type { OpenStackOptions } from '../../contract/openstack/options.ts';
import { type Retry, retry } from '../../contract/outcome.ts';
import type { Log } from '../../runtime/log.ts';
import { type CachedSession, type LoginDependencies, logIn, type MonascaSession } from './login.ts';
import { loginName } from './login-request.ts';
import { createPauses, type KeystonePolicy, keystonePolicy } from './pauses.ts';

/**
 * Gets and keeps one Keystone token.
 *
 * - At most one login is under way, for any number of callers.
 * - A token is replaced before it expires, while the old one stays in use: until it has expired,
 *   callers neither wait nor fail.
 * - After a refused login Keystone gets no request for a long time. Meanwhile callers get the same
 *   refusal, because one more wrong password may lock the account. The same holds for a time that
 *   Keystone requests with `Retry-After`.
 * - After any other failure the next caller may try again: the pump waits.
 *
 * All waits are measured with the monotonic clock.
 */
export type KeystoneClient = {
  session(signal: AbortSignal): Promise<MonascaSession | Retry>;
  /** Drops this token, unless it has been replaced already. */
  invalidate(token: string): void;
  status(): KeystoneStatus;
  /** Aborts a login that is under way. */
  close(): void;
};

/** Times are epoch milliseconds. */
export type KeystoneStatus = {
  readonly lastSuccessAtMs?: number;
  readonly lastErrorAtMs?: number;
  readonly lastError?: string;
  /** Whether the last login failed; the times do not show it, because the wall clock may be set. */
  readonly isFailing: boolean;
  /** Expiry of the token in use. */
  readonly expiresAtMs?: number;
};

type Dependencies = LoginDependencies & { readonly log: Log };

const tokenKey = 'keystone:token';
const loginKey = 'keystone:login';

export function createKeystone(
  options: OpenStackOptions,
  deps: Dependencies,
  policy: KeystonePolicy = keystonePolicy,
): KeystoneClient {
  const { clock, metrics } = deps;
  // node-cache uses the wall clock, which may jump, so its own expiry is not used.
  const cache = new NodeCache({ useClones: false, checkperiod: 0 });
  const lifetime = new AbortController();
  const history = createHistory(options, deps);
  const pauses = createPauses(clock, policy);

  /** The cached session; undefined when it has expired. */
  const cached = (): CachedSession | undefined => {
    const session = cache.get<CachedSession>(tokenKey);
    return session && clock.monotonic() < session.usableUntil ? session : undefined;
  };

  const attempt = async (): Promise<CachedSession | Retry> => {
    const result = await logIn(options, deps, lifetime.signal);
    if (result.kind === 'cached') {
      cache.set(tokenKey, result);
      pauses.clear();
      history.succeeded();
      return result;
    }
    if (result.outcome.reason === 'aborted') return result.outcome;
    history.failed(result.outcome.detail);
    return pauses.after(result);
  };

  /** Joins the login that is under way, or begins one. */
  const login = (): Promise<CachedSession | Retry> => {
    const underWay = cache.get<Promise<CachedSession | Retry>>(loginKey);
    if (underWay) return underWay;
    const begun = attempt().finally(() => cache.del(loginKey));
    cache.set(loginKey, begun);
    return begun;
  };

  metrics.mirror('tokenExpirySeconds', (gauge) => {
    gauge.set(Math.max(0, ((cached()?.usableUntil ?? 0) - clock.monotonic()) / 1_000));
  });
  metrics.mirror('loginFailing', (gauge) => gauge.set(history.status().isFailing ? 1 : 0));

  return {
    async session(signal) {
      const current = cached();
      if (current) {
        if (clock.monotonic() >= current.refreshAt && !pauses.isEarlyToRefresh()) void login();
        return current.session;
      }
      const fresh = pauses.refusal() ?? (await unlessAborted(login, signal));
      return fresh.kind === 'cached' ? fresh.session : fresh;
    },
    invalidate(token) {
      if (cache.get<CachedSession>(tokenKey)?.session.token === token) cache.del(tokenKey);
    },
    status: () => ({ ...history.status(), ...defined({ expiresAtMs: cached()?.expiresAtMs }) }),
    close: () => lifetime.abort(),
  };
}

/** The last success and error; logs one line when logins begin to fail and one when they work again. */
function createHistory({ authUrl, login }: OpenStackOptions, { clock, log }: Dependencies) {
  let status: Omit<KeystoneStatus, 'expiresAtMs' | 'isFailing'> = {};
  let isFailing = false;
  return {
    succeeded() {
      status = { ...status, lastSuccessAtMs: clock.now() };
      if (isFailing) log.info({ authUrl }, 'Logins to Keystone work again');
      isFailing = false;
    },
    failed(detail: string) {
      status = { ...status, lastErrorAtMs: clock.now(), lastError: detail };
      const user = loginName(login);
      if (!isFailing) log.warn({ authUrl, user, detail }, 'Logins to Keystone fail');
      isFailing = true;
    },
    status: () => ({ ...status, isFailing }),
  };
}

/** Waits until the caller's signal aborts; the work then continues for other callers. */
async function unlessAborted<T>(begin: () => Promise<T>, signal: AbortSignal): Promise<T | Retry> {
  const aborted = retry('aborted', 'the wait for a Keystone token was aborted');
  if (signal.aborted) return aborted;
  let onAbort = () => {};
  const abortion = new Promise<Retry>((resolve) => {
    onAbort = () => resolve(aborted);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([begin(), abortion]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
