import { describe, expect, it } from '@jest/globals';
import { fileWith, loadGood, problemsOf } from './fixture.ts';

const given = (notifier: Record<string, unknown>) => ({
  env: { HEARTBEAT_NOTIFIERS: JSON.stringify([{ name: 'one', ...notifier }]) },
});
const email = {
  type: 'email',
  host: 'mail.example.org',
  from: 'heartbeat@example.org',
  to: ['ops@example.org'],
};
const slack = { type: 'slack', url: 'https://hooks.slack.com/services/T0/B0/x' };
const kafka = { type: 'kafka', brokers: ['kafka-1:9092', '[::1]:9092'], topic: 'heartbeats' };
const sasl = { username: 'me', password: 'x' };
const alertmanager = { type: 'alertmanager', urls: ['http://127.0.0.1:9093'] };

const faults = (notifier: Record<string, unknown>) =>
  problemsOf(given(notifier)).map(({ path, expected }) => [path, expected]);

describe('notifiers of each type', () => {
  it.each([email, slack, alertmanager, kafka])('are complete with %j', (notifier) => {
    expect(loadGood(given(notifier)).config.notifiers).toMatchObject([{ type: notifier.type }]);
  });

  it.each([
    ['no address', { ...email, from: 'heartbeat' }, 'from'],
    ['two addresses in one', { ...email, to: ['a@example.org, b@example.org'] }, 'to[0]'],
    ['a line end in an address', { ...email, from: 'x\r\nBcc: <a@example.org>' }, 'from'],
    ['no recipient', { ...email, to: [] }, 'to'],
    ['a name without a password', { ...email, username: 'me' }, 'password'],
    ['a password without a name', { ...email, password: 'x' }, 'username'],
    [
      'a password over an unencrypted connection',
      { ...email, username: 'me', password: 'x', encryption: 'optional' },
      'encryption',
    ],
    ['certificates that are not there', { ...email, caFile: '/nowhere' }, 'caFile'],
    ['certificates that are none', { ...email, caFile: fileWith('x') }, 'caFile'],
    ['a webhook that is no address', { ...slack, url: 'hooks.slack.com' }, 'url'],
    ['a label that alerts have', { ...alertmanager, labels: { severity: 'x' } }, 'labels.severity'],
    ['no Alertmanager', { ...alertmanager, urls: [] }, 'urls'],
    [
      'two logins',
      { ...alertmanager, username: 'me', password: 'x', bearerToken: 'y' },
      'bearerToken',
    ],
    ['a broker without a port', { ...kafka, brokers: ['kafka'] }, 'brokers[0]'],
    ['a broker with the port 0', { ...kafka, brokers: ['kafka:0'] }, 'brokers[0]'],
    ['no broker', { ...kafka, brokers: [] }, 'brokers'],
    ['a topic that Kafka does not allow', { ...kafka, topic: 'a/b' }, 'topic'],
    ['a password that is sent as it is', { ...kafka, sasl }, 'tls'],
    ['an unknown mechanism', { ...kafka, sasl: { ...sasl, mechanism: 'x' } }, 'sasl.mechanism'],
    ['certificates without TLS', { ...kafka, insecure: true }, 'tls'],
    [
      'a key of no certificate',
      { ...kafka, tls: true, keyFile: 'test/fixtures/tls/key.pem' },
      'certFile',
    ],
    ['an unknown setting', { ...slack, channel: '#ops' }, ''],
  ])('reject %s', (_, notifier, place) => {
    const path = place === '' ? 'notifiers[0]' : `notifiers[0].${place}`;
    expect(faults(notifier)).toEqual([[path, expect.any(String)]]);
  });

  it('print no secret in their problems', () => {
    const url = 'ftp://hooks.slack.com/services/T0/B0/very-secret';
    expect(JSON.stringify(problemsOf(given({ ...slack, url })))).not.toContain('very-secret');
    const { settings } = loadGood(given({ ...email, username: 'me', password: 'very-secret' }));
    expect(JSON.stringify(settings)).not.toContain('very-secret');
  });

  it.each([
    'Ops <ops@example.org>',
    '"Ops, by night" <ops@example.org>',
    'ops+x@mail-1.example.org',
  ])('accept the address %s', (address) => {
    expect(faults({ ...email, to: [address] })).toEqual([]);
  });
});
