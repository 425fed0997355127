import { describe, expect, it } from '@jest/globals';
import { formatProblems } from '../../service/config/problem.ts';
import { load } from './fixture.ts';

describe('formatProblems', () => {
  const yaml = `htpp: {}
http:
  port: 99999
  hots: x
keystone:
  authUrl: http://user:hunter2@keystone:5000
  username: ge
  password: 271828
  applicationCredentialSecret: [hunter2]
`;
  const env = {
    HEARTBEAT_LOG_LEVEL: 'loud',
    HEARTBEAT_DELIVRY_TIMEOUT_SECONDS: '5',
    HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '100000',
    OS_INSECURE: 'maybe',
  };
  const loaded = load({ yaml, env });
  const text = loaded.kind === 'problems' ? formatProblems(loaded.problems) : '';

  it('reports all problems at once, with setting, variable, place, given value and expectation', () => {
    const lines = text
      .replaceAll(/\S+\.yaml/g, 'c.yaml')
      .trimEnd()
      .split('\n');
    expect(lines).toEqual([
      'The configuration has 11 problems:',
      '  HEARTBEAT_DELIVRY_TIMEOUT_SECONDS: unknown variable; expected the name of a setting; did you mean HEARTBEAT_DELIVERY_TIMEOUT_SECONDS?',
      '  htpp: unknown key in c.yaml, line 1; expected the name of a setting; did you mean http?',
      '  http.hots: unknown key in c.yaml, line 4; expected the name of a setting; did you mean http.host?',
      '  http.port (HEARTBEAT_HTTP_PORT): 99999 in c.yaml, line 3; expected a whole number from 0 to 65535',
      '  log.level (HEARTBEAT_LOG_LEVEL): "loud" in HEARTBEAT_LOG_LEVEL; expected one of fatal, error, warn, info, debug, trace, silent',
      '  delivery.backoff.maxMs (HEARTBEAT_DELIVERY_BACKOFF_MAX_MS): 60000 by default; expected at least delivery.backoff.firstMs',
      '  keystone.authUrl (HEARTBEAT_KEYSTONE_AUTH_URL): "http://[redacted]@keystone:5000" in c.yaml, line 6; expected an http:// or https:// address without user and password',
      '  keystone.password (HEARTBEAT_KEYSTONE_PASSWORD): a number that is not shown in c.yaml, line 8; expected text that is not empty (put it in quotes)',
      '  keystone.applicationCredentialSecret (HEARTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_SECRET): a list in c.yaml, line 9; expected text that is not empty',
      '  keystone.insecure (HEARTBEAT_KEYSTONE_INSECURE): "maybe" in OS_INSECURE; expected true or false',
      '  keystone.authType (HEARTBEAT_KEYSTONE_AUTH_TYPE or OS_AUTH_TYPE): missing; expected password or v3applicationcredential, because a password and an application credential are given',
    ]);
  });

  it('never shows a secret', () => {
    expect(text).not.toMatch(/hunter2|271828/);
  });
});
