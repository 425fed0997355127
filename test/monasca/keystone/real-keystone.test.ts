import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Heartbeat } from '../../../service/contract/heartbeat.ts';
import type { OpenStackOptions } from '../../../service/contract/openstack/options.ts';
import type { Outcome } from '../../../service/contract/outcome.ts';
import { Secret } from '../../../service/contract/values/secret.ts';
import { type KeystonePolicy, keystonePolicy } from '../../../service/monasca/keystone/pauses.ts';
import { createKeystone, type KeystoneClient } from '../../../service/monasca/keystone/token.ts';
import { createMonascaSink } from '../../../service/monasca/sink.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient, type HttpClient } from '../../../service/runtime/http/http-client.ts';
import { createLog } from '../../../service/runtime/log.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { monascaHeaders } from '../../support/grafana/oauth.ts';
import { describeWith } from '../../support/programs.ts';
import { type Cloud, logInAs, startCloud } from '../../support/real-cloud.ts';
import { keystonePrograms } from '../../support/real-keystone.ts';
import { createStarter } from '../../support/starter.ts';

/*
 * The client and the sink against the real Keystone. Tokens live ten minutes, so that one which dies
 * earlier was killed; at the end Keystone is started anew with tokens of five seconds.
 */

const noAbort = new AbortController().signal;
const settings = { tokenSeconds: 600, lockoutSeconds: 5 };
const startMs = 120_000;

type Client = {
  readonly keystone: KeystoneClient;
  deliver(): Promise<Outcome>;
  /** Number of token requests that Keystone received. */
  logins(): number;
};

describeWith(
  keystonePrograms,
  'createKeystone and createMonascaSink, with the real Keystone',
  () => {
    let cloud: Cloud;
    const starter = createStarter((abandoned) => startCloud(settings, abandoned));
    let userId: string;
    let credential: { id: string; secret: string };
    const open: (() => void)[] = [];

    beforeAll(async () => {
      cloud = await starter.start();
      userId = await cloud.addUser('ge', 'ge-secret');
      credential = await cloud.addCredential(userId, 'ge-secret', 'heartbeat');
    }, startMs);
    afterEach(() => {
      for (const close of open.splice(0)) close();
    });
    afterAll(() => starter.stop(), startMs);

    const password = (user: string, text: string): OpenStackOptions['login'] => ({
      kind: 'password',
      userName: user,
      password: new Secret(text),
      projectName: 'ge',
    });

    function create(
      login: OpenStackOptions['login'],
      changes: Partial<OpenStackOptions> = {},
      policy: KeystonePolicy = keystonePolicy,
    ): Client {
      const client = createClient(
        {
          authUrl: cloud.keystone.url,
          login,
          region: 'RegionOne',
          interface: 'public',
          ...changes,
        },
        policy,
      );
      open.push(client.close);
      return client;
    }

    it.each<[string, () => OpenStackOptions['login']]>([
      ['names of user and project', () => password('ge', 'ge-secret')],
      [
        'names within named domains',
        () => ({
          ...password('ge', 'ge-secret'),
          userDomainName: 'Default',
          projectDomainName: 'Default',
        }),
      ],
      [
        'ids of user and project',
        () => ({
          kind: 'password',
          userId,
          password: new Secret('ge-secret'),
          projectId: cloud.projectId,
        }),
      ],
      [
        'the id of an application credential',
        () => ({
          kind: 'application-credential',
          id: credential.id,
          secret: new Secret(credential.secret),
        }),
      ],
      [
        'the names of an application credential and its user',
        () => ({
          kind: 'application-credential',
          name: 'heartbeat',
          userName: 'ge',
          secret: new Secret(credential.secret),
        }),
      ],
      [
        "the name of an application credential and its user's id",
        () => ({
          kind: 'application-credential',
          name: 'heartbeat',
          userId,
          secret: new Secret(credential.secret),
        }),
      ],
    ])('logs in with %s, and delivers', async (_, login) => {
      const client = create(login());
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      expect(client.logins()).toBe(1);
    });

    it('finds its address of Monasca by interface and region, however Keystone is addressed', async () => {
      const login = password('ge', 'ge-secret');
      const find = async (changes: Partial<OpenStackOptions>) => {
        const session = await create(login, changes).keystone.session(noAbort);
        return session.kind === 'session' ? session.endpoint : session.detail;
      };
      const authUrl = `${cloud.keystone.url}/v3/`;
      expect(await find({ authUrl })).toBe(`${cloud.monasca.url}/v2.0`);
      expect(await find({ interface: 'internal' })).toBe('http://monasca.internal:8070/v2.0');
      expect(await find({ region: 'RegionTwo' })).toBe('http://monasca.two:8070/v2.0');
      expect(await find({ region: 'RegionTwo', interface: 'admin' })).toMatch(
        'the catalog has no admin endpoint of a monitoring service in region RegionTwo; of monitoring it has',
      );
    });

    it('gives Grafana an ordinary token by OAuth 2.0, which Monasca takes', async () => {
      const environment = {
        KEYSTONE_URL: cloud.keystone.url,
        OS_APPLICATION_CREDENTIAL_ID: credential.id,
        OS_APPLICATION_CREDENTIAL_SECRET: credential.secret,
      };
      const headers = await monascaHeaders(environment);
      const refusedBefore = cloud.refusedTokens();
      const taken = await fetch(`${cloud.monasca.url}/v2.0/metrics`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: '[]',
      });
      expect([taken.status, cloud.refusedTokens() - refusedBefore]).toEqual([204, 0]);
      const wrong = { ...environment, OS_APPLICATION_CREDENTIAL_SECRET: 'wrong' };
      await expect(monascaHeaders(wrong)).rejects.toThrow();
    });

    it('gets a new token when its own is revoked', async () => {
      const client = create(password('ge', 'ge-secret'));
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      await revoke(cloud.keystone.url, client.keystone);
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      expect(client.logins()).toBe(2);
    });

    it('gets a new token when the keys of Keystone have been changed', async () => {
      const client = create(password('ge', 'ge-secret'));
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      await cloud.keystone.rotateKeys();
      await cloud.keystone.rotateKeys();
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      expect(client.logins()).toBe(2);
    });

    it('logs in once with a wrong password, for any number of callers, so that the account is not locked', async () => {
      await cloud.addUser('careless', 'right');
      const client = create(password('careless', 'wrong'));
      for (let round = 0; round < 5; round++) {
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => client.deliver()));
        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({
            kind: 'retry',
            reason: 'unauthenticated',
            detail: expect.stringContaining('user careless of project ge is refused'),
          });
        }
      }
      expect(client.logins()).toBe(1);
      expect(await create(password('careless', 'right')).deliver()).toEqual({ kind: 'delivered' });
    });

    it('waits until the lock of an account that another client locked has ended', async () => {
      await cloud.addUser('victim', 'right');
      for (let attempt = 0; attempt < 3; attempt++) {
        await logInAs(cloud.keystone, 'victim', 'guess', 'ge');
      }
      const pauseMs = settings.lockoutSeconds * 1_000 + 500;
      const policy = { ...keystonePolicy, refusedPauseMs: { first: pauseMs, max: pauseMs } };
      const client = create(password('victim', 'right'), {}, policy);
      expect(await client.deliver()).toMatchObject({ reason: 'unauthenticated' });
      const outcome = await client.deliver();
      expect(outcome).toMatchObject({ reason: 'unauthenticated', afterMs: expect.any(Number) });
      // A timer may be early by a part of a millisecond, and the pause is kept to the last of it.
      await delay(outcome.kind === 'retry' ? (outcome.afterMs ?? 0) + 50 : 0);
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      expect(client.logins()).toBe(2);
    });

    it('stops when the password has been changed, and works with the new one', async () => {
      const id = await cloud.addUser('changing', 'old');
      const client = create(password('changing', 'old'));
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      await cloud.admin('PATCH', `/users/${id}`, { user: { password: 'new' } });
      for (let n = 0; n < 5; n++) {
        expect(await client.deliver()).toMatchObject({ kind: 'retry', reason: 'unauthenticated' });
      }
      expect(client.logins()).toBe(2);
      // Keystone counts in whole seconds: with a password it revokes what it grants in the same one.
      await delay(1_100);
      expect(await create(password('changing', 'new')).deliver()).toEqual({ kind: 'delivered' });
    });

    it('stops when its application credential has been deleted', async () => {
      const { id, secret } = await cloud.addCredential(userId, 'ge-secret', 'passing');
      const client = create({ kind: 'application-credential', id, secret: new Secret(secret) });
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      await cloud.deleteCredential(userId, 'ge-secret', id);
      for (let n = 0; n < 5; n++) {
        expect(await client.deliver()).toMatchObject({
          kind: 'retry',
          reason: 'unauthenticated',
          detail: expect.stringContaining('Keystone answered 404'),
        });
      }
      expect(client.logins()).toBe(2);
    });

    it('says that the role is missing while it is, and delivers once it is given', async () => {
      const id = await cloud.addUser('roleless', 'secret');
      await cloud.allow(id, false);
      const client = create(password('roleless', 'secret'));
      expect(await client.deliver()).toMatchObject({
        kind: 'retry',
        reason: 'forbidden',
        detail: expect.stringContaining('lacks the role monasca-user'),
      });
      await cloud.allow(id, true);
      expect(await client.deliver()).toEqual({ kind: 'delivered' });
      expect(client.logins()).toBe(2);
    });

    it(
      'delivers on and on with tokens that live five seconds',
      async () => {
        await cloud.keystone.restart({ ...settings, tokenSeconds: 5 });
        const client = create(password('ge', 'ge-secret'));
        const refusedBefore = cloud.refusedTokens();
        const beginMs = performance.now();
        do {
          expect(await client.deliver()).toEqual({ kind: 'delivered' });
          await delay(200);
        } while (client.logins() < 4);

        // A token is used for four seconds; only one that Monasca refused is replaced sooner.
        const lifetimes = (performance.now() - beginMs) / 4_000;
        const refused = cloud.refusedTokens() - refusedBefore;
        expect(client.logins()).toBeLessThanOrEqual(Math.floor(lifetimes) + 1 + refused);
      },
      startMs,
    );
  },
);

const names = {
  metricName: 'GE_Heartbeat',
  dimensionNames: { name: 'name', version: 'version', instance: 'instance' },
};

function createClient(
  options: OpenStackOptions,
  policy: KeystonePolicy,
): Client & { close(): void } {
  const clock = systemClock;
  const http = createHttpClient({ timeoutMs: 20_000 });
  let logins = 0;
  const counting: HttpClient = {
    request(request) {
      if (request.url.endsWith('/auth/tokens')) logins += 1;
      return http.request(request);
    },
    close: () => http.close(),
  };
  const deps = { http: counting, clock, log: createLog('silent'), metrics: createMetrics() };
  const keystone = createKeystone(options, deps, policy);
  const sink = createMonascaSink({ ...names, keystone, http, clock });
  return {
    keystone,
    logins: () => logins,
    deliver() {
      const now = clock.now();
      const beat: Heartbeat = {
        name: 'Orion',
        version: '1.0',
        instance: 'c1',
        timestampMs: now,
        receivedAtMs: now,
      };
      return sink([beat], noAbort);
    },
    close() {
      keystone.close();
      http.close();
    },
  };
}

/** Ends the token that a client uses, as its owner may. */
async function revoke(keystoneUrl: string, keystone: KeystoneClient): Promise<void> {
  const session = await keystone.session(noAbort);
  const token = session.kind === 'session' ? session.token : '';
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const answer = await fetch(`${keystoneUrl}/v3/auth/tokens`, { method: 'DELETE', headers });
  expect(answer.status).toBe(204);
}
