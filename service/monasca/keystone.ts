import NodeCache from 'node-cache';
import type { OpenStackOptions } from '../contract/openstack/options.ts';
import { type Retry, retry } from '../contract/outcome.ts';
import type { Log } from '../runtime/log.ts';
import { type Held, type LoginDependencies, logIn, type Session } from './login.ts';
import { loginName } from './login-request.ts';
import { createPauses, type KeystonePolicy, keystonePolicy } from './pauses.ts';

/**
 * Keeps one token of Keystone's.
 *
 * - At most one login is under way, however many wait for it.
 * - A token is replaced ahead of its end, while the old one goes on serving: as long as that lives,
 *   no caller waits and none is refused.
 * - After Keystone refused a login it is left alone for a long time, which this client itself holds
 *   to: another caller gets the refusal again without a request, for the next wrong password may be
 *   the one that locks the account. Likewise for as long as Keystone asks for quiet.
 * - After any other failure the next caller may try again: to wait is the pump's business.
 *
 * All waiting is measured by the monotonic clock.
 */
export type Keystone = {
  session(signal: AbortSignal): Promise<Session | Retry>;
  /** Forgets this token, unless it has been replaced already. */
  invalidate(token: string): void;
  status(): KeystoneStatus;
  /** Gives up a login that is under way. */
  close(): void;
};

/** Times are epoch milliseconds. */
export type KeystoneStatus = {
  readonly lastSuccessAtMs?: number;
  readonly lastErrorAtMs?: number;
  readonly lastError?: string;
  /** Whether the last login failed; the times cannot tell, for the wall clock may be set. */
  readonly isFailing: boolean;
  /** Of the token in use. */
  readonly expiresAtMs?: number;
};

type Dependencies = LoginDependencies & { readonly log: Log };

const tokenKey = 'keystone:token';
const loginKey = 'keystone:login';

export function createKeystone(
  options: OpenStackOptions,
  deps: Dependencies,
  policy: KeystonePolicy = keystonePolicy,
): Keystone {
  const { clock, metrics } = deps;
  // node-cache tells time by the wall clock, which may jump, so nothing in it expires by itself.
  const cache = new NodeCache({ useClones: false, checkperiod: 0 });
  const lifetime = new AbortController();
  const history = createHistory(options, deps);
  const pauses = createPauses(clock, policy);

  /** The token in use, as long as it lives. */
  const living = (): Held | undefined => {
    const held = cache.get<Held>(tokenKey);
    return held && clock.monotonic() < held.usableUntil ? held : undefined;
  };

  const attempt = async (): Promise<Held | Retry> => {
    const result = await logIn(options, deps, lifetime.signal);
    if (result.kind === 'held') {
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
  const login = (): Promise<Held | Retry> => {
    const underWay = cache.get<Promise<Held | Retry>>(loginKey);
    if (underWay) return underWay;
    const begun = attempt().finally(() => cache.del(loginKey));
    cache.set(loginKey, begun);
    return begun;
  };

  metrics.mirror('tokenExpirySeconds', (gauge) => {
    gauge.set(Math.max(0, ((living()?.usableUntil ?? 0) - clock.monotonic()) / 1_000));
  });

  metrics.mirror('loginFailing', (gauge) => gauge.set(history.status().isFailing ? 1 : 0));

  return {
    async session(signal) {
      const held = living();
      if (held) {
        if (clock.monotonic() >= held.refreshAt && !pauses.isEarlyToRefresh()) void login();
        return held.session;
      }
      const fresh = pauses.refusal() ?? (await unlessAborted(login, signal));
      return fresh.kind === 'held' ? fresh.session : fresh;
    },
    invalidate(token) {
      if (cache.get<Held>(tokenKey)?.session.token === token) cache.del(tokenKey);
    },
    status() {
      const expiresAtMs = living()?.expiresAtMs;
      return { ...history.status(), ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
    },
    close: () => lifetime.abort(),
  };
}

/** The last success and error, and one line of log when logins begin to fail and when they work. */
function createHistory({ authUrl, login }: OpenStackOptions, { clock, log }: Dependencies) {
  let status: Omit<KeystoneStatus, 'expiresAtMs' | 'isFailing'> = {};
  let failing = false;
  return {
    succeeded() {
      status = { ...status, lastSuccessAtMs: clock.now() };
      if (failing) log.info({ authUrl }, 'Logins to Keystone work again');
      failing = false;
    },
    failed(detail: string) {
      status = { ...status, lastErrorAtMs: clock.now(), lastError: detail };
      if (!failing)
        log.warn({ authUrl, user: loginName(login), detail }, 'Logins to Keystone fail');
      failing = true;
    },
    status: () => ({ ...status, isFailing: failing }),
  };
}

/** Waits no longer than the caller wants; what was begun goes on for the others. */
async function unlessAborted<T>(begin: () => Promise<T>, signal: AbortSignal): Promise<T | Retry> {
  const gaveUp = retry('aborted', 'the wait for a Keystone token was given up');
  if (signal.aborted) return gaveUp;
  let onAbort = () => {};
  const aborted = new Promise<Retry>((resolve) => {
    onAbort = () => resolve(gaveUp);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([begin(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
