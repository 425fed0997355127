import { describe, expect, it } from '@jest/globals';
import { loadGood, problemsOf } from '../fixture.ts';

const certificate = 'test/fixtures/tls/certificate.pem';
const key = 'test/fixtures/tls/key.pem';
const amqp = (fields: object) => ({ yaml: JSON.stringify({ intake: { amqp: fields } }) });
const paths = (fields: object) => problemsOf(amqp(fields)).map(({ path }) => path);

describe('intake.amqp', () => {
  it('takes names of queues, and queues with a dead-letter queue', () => {
    const queues = ['a', { name: 'b' }, { name: 'c', deadLetterQueue: 'poison' }];
    expect(loadGood(amqp({ queues })).config.intake.amqp.queues).toEqual([
      { name: 'a', deadLetterQueue: 'a.rejected' },
      { name: 'b', deadLetterQueue: 'b.rejected' },
      { name: 'c', deadLetterQueue: 'poison' },
    ]);
  });

  it('takes queues from a variable', () => {
    const env = { HEARTBEAT_INTAKE_AMQP_QUEUES: '[one, two]' };
    const { queues } = loadGood({ env }).config.intake.amqp;
    expect(queues.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it.each([
    'amqp://rabbit',
    'amqp://rabbit/',
    'amqp://10.0.0.7:5672/zone',
    'amqps://[::1]:5671/a%2Fb',
  ])('takes the address %s', (url) => {
    expect(paths({ url })).toEqual([]);
  });

  it.each([
    'http://rabbit',
    'rabbit:5672',
    'amqp://user:secret@rabbit/',
    'amqp://rabbit/a/b',
    'amqp://rabbit/?heartbeat=0',
    'amqp://rabbit/%zz',
    'amqp:///zone',
    ' amqp://rabbit',
  ])('rejects the address %s', (url) => {
    expect(paths({ url })).toEqual(['intake.amqp.url']);
  });

  it('rejects what contradicts itself', () => {
    const url = 'amqps://rabbit';
    expect(paths({ url, username: 'u' })).toEqual(['intake.amqp.password']);
    expect(paths({ url, certFile: certificate })).toEqual(['intake.amqp.keyFile']);
    expect(paths({ url, keyFile: key })).toEqual(['intake.amqp.certFile']);
    expect(paths({ url: 'amqp://rabbit', caFile: certificate })).toEqual(['intake.amqp.url']);
    expect(paths({ queues: ['a', 'a'] })).toEqual(['intake.amqp.queues']);
    expect(paths({ queues: ['a', { name: 'b', deadLetterQueue: 'a' }] })).toEqual([
      'intake.amqp.queues',
    ]);
    expect(paths({ queues: [] })).toEqual(['intake.amqp.queues']);
    expect(paths({ queues: ['x'.repeat(256)] })).toEqual(['intake.amqp.queues[0]']);
  });
});
