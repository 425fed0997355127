import { describe, expect, it } from '@jest/globals';
import { classifyError } from '../../service/redis/failure.ts';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const outcomeOf = (error: unknown) => classifyError('redis:6379', error);

describe('classifyError', () => {
  it.each([
    ['NOAUTH Authentication required.', 'unauthenticated'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'unauthenticated'],
    ['NOPERM this user has no permissions to run the command', 'forbidden'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'server-error'],
    ['MISCONF Redis is configured to save RDB snapshots', 'server-error'],
    ["READONLY You can't write against a read only replica.", 'server-error'],
    ['NOSCRIPT No matching script. Please use EVAL.', 'server-error'],
    ['ERR max number of clients reached', 'throttled'],
    ['MOVED 3999 127.0.0.1:6381', 'unexpected-answer'],
    ['ERR DB index is out of range', 'unexpected-answer'],
  ])('lets a delivery wait after %s', (message, reason) => {
    expect(outcomeOf(reply(message))).toEqual({
      kind: 'retry',
      reason,
      detail: `redis:6379: ${message}`,
    });
  });

  it('rejects a record whose key has another type', () => {
    const message = 'WRONGTYPE Operation against a key holding the wrong kind of value';
    expect(outcomeOf(reply(message)).kind).toBe('rejected');
  });

  it.each([
    [new Error('Command timed out'), 'timeout'],
    [new Error('connect ETIMEDOUT'), 'timeout'],
    [new Error('Connection is closed.'), 'unreachable'],
    [new AggregateError([new Error('connect ECONNREFUSED ::1:6379')]), 'unreachable'],
  ])('lets a delivery wait after %s', (error, reason) => {
    expect(outcomeOf(error)).toMatchObject({ kind: 'retry', reason });
  });
});
