import { describe, expect, it } from '@jest/globals';
import { loadGood, problemsOf } from './fixture.ts';

/** The variables of hbtd's image, as a system sets them. */
const image = {
  DEBUG: '0',
  WARNTIME: '35',
  ERRTIME: '60',
  SM_URL: 'http://cray-smd/hsm/v2',
  KV_URL: '',
  USE_TELEMETRY: '1',
  TELEMETRY_HOST: 'cluster-kafka-bootstrap.sma:9092:cray-hmsheartbeat-notifications',
};
const wanted = {
  HEARTBEAT_PROFILES_HBTD_ENABLED: 'true',
  HEARTBEAT_PROFILES_HBTD_ENV: 'true',
};
const hbtdOf = (env: Record<string, string>) => loadGood({ env }).config.profiles.hbtd;
const namesOf = (env: Record<string, string>) =>
  loadGood({ env }).notes.map(({ variable }) => variable);

describe('readHbtdVariables', () => {
  it('is disabled by default', () => {
    const { HEARTBEAT_PROFILES_HBTD_ENABLED } = wanted;
    const { config, notes } = loadGood({ env: { ...image, HEARTBEAT_PROFILES_HBTD_ENABLED } });
    expect(config.profiles.hbtd).toMatchObject({ warnSeconds: 10, errSeconds: 30 });
    expect(config.profiles.hbtd.smUrl).toBeUndefined();
    expect(notes).toEqual([]);
  });

  it("reads the variables of hbtd's image", () => {
    expect(hbtdOf({ ...image, ...wanted })).toMatchObject({
      warnSeconds: 35,
      errSeconds: 60,
      smUrl: 'http://cray-smd/hsm/v2',
      useTelemetry: true,
      telemetryHost: image.TELEMETRY_HOST,
    });
    expect(hbtdOf({ ...wanted, USE_TELEMETRY: 'Off' }).useTelemetry).toBe(false);
  });

  it("lets them win over hbtd's other variables, as its image does, but not over settings", () => {
    const others = { HBTD_WARNTIME: '12', HBTD_ERRTIME: '70' };
    expect(hbtdOf({ ...wanted, ...others, WARNTIME: '35' })).toMatchObject({
      warnSeconds: 35,
      errSeconds: 70,
    });
    const own = { HEARTBEAT_PROFILES_HBTD_WARN_SECONDS: '5' };
    expect(hbtdOf({ ...wanted, ...image, ...own }).warnSeconds).toBe(5);
  });

  it('names the variable of an invalid value', () => {
    expect(problemsOf({ env: { ...wanted, WARNTIME: 'ten' } })).toEqual([
      expect.objectContaining({
        path: 'profiles.hbtd.warnSeconds',
        origin: { kind: 'environment', variable: 'WARNTIME' },
      }),
    ]);
  });

  it('names the variables without effect, with the reason', () => {
    const { notes } = loadGood({ env: { ...image, ...wanted } });
    expect(notes).toEqual([]);
    const without = {
      DEBUG: '2',
      KV_URL: 'http://etcd:2379',
      ETCD_HOST: 'etcd',
      ETCD_PORT: '2379',
      HBTD_DEBUG: '1',
      HBTD_KV_URL: 'mem:',
      HBTD_SM_RETRIES: '5',
      HBTD_CLEAR_ON_GAP: '1',
      HBTD_RSLEEP: '3',
    };
    expect(namesOf({ ...wanted, ...without })).toEqual(Object.keys(without));
  });

  it('names none that has the value of the default', () => {
    const defaults = { DEBUG: '0', HBTD_CLEAR_ON_GAP: '0', HBTD_SM_RETRIES: '3', KV_URL: '' };
    expect(namesOf({ ...wanted, ...defaults })).toEqual([]);
  });

  it("names hbtd's own variables without effect wherever the profile is enabled", () => {
    expect(namesOf({ HBTD_KV_URL: 'mem:' })).toEqual([]);
    const { HEARTBEAT_PROFILES_HBTD_ENABLED } = wanted;
    expect(namesOf({ HEARTBEAT_PROFILES_HBTD_ENABLED, HBTD_KV_URL: 'mem:' })).toEqual([
      'HBTD_KV_URL',
    ]);
  });
});
