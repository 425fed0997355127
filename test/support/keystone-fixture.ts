import { afterEach, beforeEach } from '@jest/globals';
import nock from 'nock';
import type { OpenStackOptions } from '../../service/contract/openstack/options.ts';
import { Secret } from '../../service/contract/values/secret.ts';
import { createKeystone, type KeystoneClient } from '../../service/monasca/keystone/token.ts';
import { createHttpClient } from '../../service/runtime/http/http-client.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createFakeClock } from './fake-clock.ts';
import { tokenBody, unauthorized } from './keystone-answer.ts';
import { useNock } from './nock.ts';
import { createRecordedLog } from './recorded-log.ts';
import { until } from './until.ts';

const options: OpenStackOptions = {
  authUrl: 'http://keystone.test:5000/v3',
  login: {
    kind: 'password',
    userName: 'ge',
    password: new Secret('ge-secret'),
    projectName: 'monitoring',
  },
  region: 'RegionOne',
  interface: 'public',
};

/** A signal that never aborts. */
export const noAbort = new AbortController().signal;

export type KeystoneFixture = ReturnType<typeof createFixture>;

/** For each test of a `describe`, a client of a Keystone that nock simulates, with a fake clock. */
export function useKeystoneFixture(): () => KeystoneFixture {
  useNock();
  let fixture = createFixture();
  beforeEach(() => {
    fixture = createFixture();
  });
  afterEach(() => fixture.close());
  return () => fixture;
}

function createFixture() {
  const clock = createFakeClock();
  const http = createHttpClient({ timeoutMs: 2_000 });
  const metrics = createMetrics();
  const { log, lines } = createRecordedLog();
  let logins = 0;

  /** Prepares Keystone's response to the next login. */
  const tokenRequest = (): nock.Interceptor =>
    nock('http://keystone.test:5000').post('/v3/auth/tokens');

  return {
    clock,
    metrics,
    lines,
    http,
    tokenRequest,
    logins: () => logins,
    create: (changes: Partial<OpenStackOptions> = {}): KeystoneClient =>
      createKeystone({ ...options, ...changes }, { http, clock, metrics, log }),
    /** The next logins get token-1, token-2, … */
    grant: (lifetimeSeconds: number, times = 1, catalog?: object[]): nock.Scope =>
      tokenRequest()
        .times(times)
        .reply(() => {
          logins += 1;
          const headers = { 'X-Subject-Token': `token-${logins}` };
          return [201, tokenBody(lifetimeSeconds, catalog), headers];
        }),
    refuse: (): nock.Scope => tokenRequest().reply(401, unauthorized),
    /** A login whose response the test triggers. */
    grantLater() {
      const asked = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<void>();
      tokenRequest().reply(async () => {
        asked.resolve();
        await answered.promise;
        return [201, tokenBody(60), { 'X-Subject-Token': 'late' }];
      });
      return { asked: asked.promise, answer: answered.resolve };
    },
    async counted(result: 'success' | 'refused' | 'unavailable'): Promise<number> {
      const { values } = await metrics.tokenLogins.get();
      return values.find(({ labels }) => labels['result'] === result)?.value ?? 0;
    },
    close: () => http.close(),
  };
}

/** The token of a session, or the reason why there is none. */
export async function tokenOf(keystone: KeystoneClient): Promise<string> {
  const session = await keystone.session(noAbort);
  return session.kind === 'session' ? session.token : session.reason;
}

/** Waits until a login in the background has returned this token. */
export const untilToken = (keystone: KeystoneClient, token: string): Promise<void> =>
  until(async () => (await tokenOf(keystone)) === token, { everyMs: 5 });
