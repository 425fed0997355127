import { describe, expect, it } from '@jest/globals';
import { allSettings, variableOf } from '../../service/config/settings.ts';
import { fileWith, load, loadGood, openrc, problemsOf } from './fixture.ts';

describe('variableOf', () => {
  it('derives the name of the variable from the path', () => {
    expect(variableOf('http.maxBodyBytes')).toBe('HEARTBEAT_HTTP_MAX_BODY_BYTES');
    expect(variableOf('dataDir')).toBe('HEARTBEAT_DATA_DIR');
    expect(variableOf('delivery.backoff.firstMs')).toBe('HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS');
  });

  it('has a different name for each setting', () => {
    const names = allSettings.flatMap(({ variables }) => variables);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('readEnvironment', () => {
  it('reads numbers, booleans, words and texts', () => {
    const { config } = loadGood({
      env: {
        HEARTBEAT_HTTP_PORT: ' 9090 ',
        HEARTBEAT_HTTP_HOST: '127.0.0.2',
        HEARTBEAT_LOG_LEVEL: 'debug',
        HEARTBEAT_PROFILES_GE_ENABLED: 'No',
        HEARTBEAT_MONASCA_DIMENSIONS_NAME: 'enabler_id',
      },
    });
    expect(config.http).toMatchObject({ host: '127.0.0.2', port: 9090 });
    expect(config.log.level).toBe('debug');
    expect(config.profiles.ge.enabled).toBe(false);
    expect(config.monasca.dimensions.name).toBe('enabler_id');
  });

  it('reads the variables for proxies, also without a scheme and in small letters', () => {
    const { config } = loadGood({
      env: { HTTPS_PROXY: 'http://me:pw@proxy:3128', http_proxy: 'proxy:8080', NO_PROXY: '.svc' },
    });
    expect(config.proxy.https?.reveal()).toBe('http://me:pw@proxy:3128');
    expect(config.proxy.http?.reveal()).toBe('http://proxy:8080');
    expect(config.proxy.except).toBe('.svc');
    const own = { HTTPS_PROXY: 'http://proxy:3128', HEARTBEAT_PROXY_HTTPS: 'http://other:1' };
    expect(loadGood({ env: own }).config.proxy.https?.reveal()).toBe('http://other:1');
    expect(problemsOf({ env: { HTTPS_PROXY: 'socks5://me:pw@proxy:1080' } })).toMatchObject([
      { path: 'proxy.https', given: 'a string that is not shown' },
    ]);
  });

  it('takes an empty variable as not set', () => {
    expect(loadGood({ env: { HEARTBEAT_HTTP_PORT: '', OS_PASSWORD: '' } }).config.http.port).toBe(
      8080,
    );
  });

  it('reports an unknown variable with a suggestion', () => {
    expect(
      problemsOf({ env: { HEARTBEAT_HTPP_PROT: '1', HEARTBEAT_SOMETHING_ELSE: 'x' } }),
    ).toEqual([
      expect.objectContaining({
        origin: { kind: 'environment', variable: 'HEARTBEAT_HTPP_PROT' },
        expected: 'the name of a setting; did you mean HEARTBEAT_HTTP_PORT?',
      }),
      expect.objectContaining({
        origin: { kind: 'environment', variable: 'HEARTBEAT_SOMETHING_ELSE' },
        expected: 'the name of a setting',
      }),
    ]);
  });

  it('knows the variables of its own command line', () => {
    const env = { HEARTBEAT_URL: 'http://localhost', HEARTBEAT_TOKEN: 'x' };
    expect(load({ env }).kind).toBe('config');
  });

  it('ignores variables that Kubernetes sets for a service of our name', () => {
    const { config } = loadGood({
      env: {
        HEARTBEAT_SERVICE_HOST: '10.0.0.11',
        HEARTBEAT_SERVICE_PORT: '8080',
        HEARTBEAT_SERVICE_PORT_HTTP: '8080',
        HEARTBEAT_PORT: 'tcp://10.0.0.11:8080',
        HEARTBEAT_PORT_8080_TCP: 'tcp://10.0.0.11:8080',
        HEARTBEAT_PORT_8080_TCP_PROTO: 'tcp',
        HEARTBEAT_PORT_8080_TCP_PORT: '8080',
        HEARTBEAT_PORT_8080_TCP_ADDR: '10.0.0.11',
        HEARTBEAT_HTTP_PORT: 'tcp://10.0.0.12:80',
      },
    });
    expect(config.http.port).toBe(8080);
  });
});

describe('a secret in a file', () => {
  const login = { ...openrc, OS_PASSWORD: '' };
  const passwordOf = (env: Record<string, string>) => {
    const login = loadGood({ env }).config.keystone?.login;
    return login?.kind === 'password' ? login.password.reveal() : undefined;
  };

  it('is read without the line end after it', () => {
    const file = fileWith('two words\n', 'txt');
    expect(passwordOf({ ...login, HEARTBEAT_KEYSTONE_PASSWORD_FILE: file })).toBe('two words');
    expect(passwordOf({ ...login, OS_PASSWORD_FILE: fileWith('dos\r\n', 'txt') })).toBe('dos');
    expect(passwordOf({ ...login, OS_PASSWORD_FILE: fileWith('bare', 'txt') })).toBe('bare');
  });

  it('is weaker under a weaker name', () => {
    const env = { ...login, OS_PASSWORD_FILE: fileWith('weak', 'txt') };
    expect(passwordOf({ ...env, HEARTBEAT_KEYSTONE_PASSWORD: 'strong' })).toBe('strong');
  });

  it('is a problem when the file cannot be read, once', () => {
    expect(problemsOf({ env: { ...login, OS_PASSWORD_FILE: '/nowhere/password' } })).toEqual([
      {
        path: 'keystone.password',
        variable: 'OS_PASSWORD',
        origin: { kind: 'environment', variable: 'OS_PASSWORD_FILE', file: '/nowhere/password' },
        given: 'cannot be read',
        expected: 'a file with the secret',
      },
    ]);
  });

  it('is a problem when the file is empty', () => {
    expect(problemsOf({ env: { ...login, OS_PASSWORD_FILE: fileWith('\n', 'txt') } })).toEqual([
      expect.objectContaining({ path: 'keystone.password', expected: 'text that is not empty' }),
    ]);
  });

  it('is a problem beside the same secret in a variable', () => {
    const env = { ...openrc, OS_PASSWORD_FILE: fileWith('x', 'txt') };
    expect(problemsOf({ env })).toEqual([expect.objectContaining({ expected: 'one of the two' })]);
  });

  it('is not available for a setting that is not secret', () => {
    expect(problemsOf({ env: { HEARTBEAT_HTTP_HOST_FILE: fileWith('x', 'txt') } })).toEqual([
      expect.objectContaining({ given: 'unknown variable' }),
    ]);
  });
});
