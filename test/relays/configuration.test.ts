import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../service/config/load.ts';

const target = { type: 'http', url: 'http://127.0.0.1:9/' };

function load(relays: unknown, others: Record<string, string> = {}) {
  const loaded = loadConfig({ env: { HEARTBEAT_RELAYS: JSON.stringify(relays), ...others } });
  return loaded.kind === 'config'
    ? loaded.config.relays
    : loaded.problems.map(({ path, expected }) => `${path}: ${expected}`);
}

describe('the settings of relays', () => {
  it('have defaults that fail safe', () => {
    expect(load([{ name: 'dome', sources: [{ name: 'a*' }], target }])).toMatchObject([
      {
        ...{ name: 'dome', mode: 'steady', interval: 15, cutoff: 10, maxBypass: 3_600 },
        sources: [{ name: 'a*', version: '*', instance: '*', critical: true, within: 30 }],
        target: { method: 'POST', timeout: 5 },
      },
    ]);
  });

  it.each([
    [{ name: 'A B', target }, 'relays[0].name: 1 to 40 of a-z, 0-9 and -'],
    [
      { name: 'a', mode: 'on-arrival', sources: [{ name: 'x', critical: false }], target },
      'relays[0].sources: a critical source, because the relay emits when one sends',
    ],
    [
      { name: 'a', target: { type: 'http', url: 'ftp://x' } },
      'relays[0].target.url: an http:// or https:// address; or {file: …} with that',
    ],
    [{ name: 'a', target: { type: 'command', command: [] } }, 'relays[0].target.command: a list'],
    [
      { name: 'a', target: { type: 'amqp', actor: 'lvmecp' } },
      'relays[0].target.type: profiles.lvmbeat.enabled and profiles.lvmbeat.amqp.url for it',
    ],
  ])('reject %j', (relay, problem) => {
    expect(load([relay])).toContain(problem);
  });

  it('reject two relays of one name, and two conditions', () => {
    const condition = { name: 'c', type: 'tcp', host: 'x', port: 1 };
    expect(
      load([
        { name: 'a', target },
        { name: 'a', target },
      ]),
    ).toEqual(['relays: a different name for each relay']);
    expect(load([{ name: 'a', conditions: [condition, condition], target }])).toEqual([
      'relays[0].conditions: a different name for each condition',
    ]);
  });

  it('accept a command for an actor with the profile lvmbeat', () => {
    const relays = load([{ name: 'a', target: { type: 'amqp', actor: 'lvmecp' } }], {
      HEARTBEAT_PROFILES_LVMBEAT_ENABLED: 'true',
      HEARTBEAT_PROFILES_LVMBEAT_AMQP_URL: 'amqp://127.0.0.1',
    });
    expect(relays).toMatchObject([{ target: { command: 'heartbeat' } }]);
  });
});

describe("lvmbeat's own variables", () => {
  const variables = {
    HEARTBEAT_PROFILES_LVMBEAT_ENV: 'true',
    LVMBEAT_EMAIL_RECIPIENTS: 'one@example.org, two@example.org',
    LVMBEAT_EMAIL_TLS: 'on',
    LVMBEAT_EMAIL_USERNAME: 'user',
    LVMBEAT_SEND_EMAIL_AFTER: '1e2',
    LVMBEAT_START_MONITOR: 'NO',
  };

  it('set its profile, and are ignored without the setting', () => {
    const loaded = loadConfig({ env: variables });
    expect(loaded.kind === 'config' && loaded.config.profiles.lvmbeat).toMatchObject({
      mail: { recipients: ['one@example.org', 'two@example.org'], tls: false },
      ...{ sendEmailAfterSeconds: 100, startMonitor: false },
    });
    const { HEARTBEAT_PROFILES_LVMBEAT_ENV: _, ...others } = variables;
    const ignored = loadConfig({ env: others });
    expect(ignored.kind === 'config' && ignored.config.profiles.lvmbeat.startMonitor).toBe(true);
  });

  it('are rejected like settings', () => {
    const loaded = loadConfig({ env: { ...variables, LVMBEAT_START_MONITOR: 'maybe' } });
    expect(loaded.kind === 'problems' && loaded.problems).toMatchObject([
      { path: 'profiles.lvmbeat.startMonitor', expected: 'true or false' },
    ]);
  });
});
