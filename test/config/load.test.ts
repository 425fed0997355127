import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../service/config/load.ts';
import { fileWith, loadGood, openrc, problemsOf } from './fixture.ts';

describe('loadConfig', () => {
  it('returns the defaults without settings', () => {
    const { config } = loadGood();
    expect(config).toEqual({
      http: {
        host: '127.0.0.1',
        port: 8080,
        maxBodyBytes: 1_048_576,
        maxHeartbeats: 10_000,
        headersTimeoutSeconds: 10,
        requestTimeoutSeconds: 30,
        keepAliveTimeoutSeconds: 65,
        trustedProxies: [],
        tls: { requireClientCertificate: false },
        limits: {
          maxConnections: 10_000,
          maxRequestsPerConnection: 0,
          callerRequestsPerSecond: 0,
          addressRequestsPerSecond: 0,
          burstSeconds: 10,
        },
        cors: { origins: [] },
      },
      auth: {
        open: false,
        tokens: [],
        certificates: [],
        maxInstances: 100_000,
        protectMetrics: false,
        protectHealth: true,
        sessionHours: 168,
      },
      dataDir: './data',
      log: { level: 'info' },
      ingest: { maxFutureSeconds: 300 },
      intake: {
        amqp: {
          queues: [{ name: 'heartbeats', deadLetterQueue: 'heartbeats.rejected' }],
          declare: true,
          prefetch: 250,
        },
      },
      outbox: { maxRecords: 10_000_000, minFreeBytes: 67_108_864 },
      delivery: {
        batchRecords: 1_000,
        batchWaitMs: 200,
        parallelBatches: 4,
        timeoutSeconds: 30,
        backoff: { firstMs: 500, maxMs: 60_000 },
      },
      destinations: {
        redis: {
          insecure: false,
          prefix: '',
          subscriberKeys: true,
          maxChanges: 10_000,
          timeoutSeconds: 10,
        },
      },
      stop: { drainSeconds: 10 },
      ledger: { retentionDays: 400 },
      notifiers: [],
      relays: [],
      liveness: {
        lateIntervals: 2,
        downIntervals: 4,
        lateSeconds: 120,
        downSeconds: 300,
        rules: [],
        evaluationSeconds: 1,
        maxAgeSeconds: 300,
        retireAfterSeconds: 604_800,
        graceSeconds: 300,
        flapping: { changes: 6, seconds: 600 },
        reminders: { everySeconds: 0, most: 1_000 },
        massOutage: { share: 0.5, minInstances: 10, windowSeconds: 60, holdSeconds: 5 },
      },
      maintenance: [],
      events: { retentionDays: 90, maxStreams: 100 },
      metrics: { maxComponents: 1_000, instances: false },
      proxy: {},
      selfWatch: { everySeconds: 60 },
      monasca: {
        enabled: true,
        metricName: 'GE_Heartbeat',
        dimensions: { name: 'name', version: 'version', instance: 'instance' },
        passThrough: false,
        query: { cacheSeconds: 15, maxMeasurements: 500_000, parallel: 4, timeoutSeconds: 20 },
      },
      page: { publicBadges: false, publicWall: false },
      profiles: {
        ge: { enabled: true, env: false },
        hbtd: {
          enabled: false,
          env: false,
          port: 28_500,
          underMain: false,
          open: false,
          version: 'hbtd',
          warnSeconds: 10,
          errSeconds: 30,
          intervalSeconds: 5,
          smTimeoutSeconds: 10,
          noSm: false,
          useTelemetry: true,
        },
        lvmbeat: {
          enabled: false,
          env: false,
          port: 8_085,
          underMain: false,
          open: false,
          version: 'lvmbeat',
          site: 'LCO internet',
          sendEmailAfterSeconds: 300,
          startMonitor: true,
          timeoutSeconds: 30,
          heartbeats: [],
          mail: { recipients: [], tls: false, insecure: false },
          slack: { channel: 'lvm-alerts', url: 'https://slack.com/api/' },
          amqp: { exchange: 'sdss_exchange', actor: 'lvmbeat' },
        },
        pipelineHeartbeat: { intervalSeconds: 60 },
      },
    });
  });

  it('reads the variables of hbtd, which are weaker than its own', () => {
    const env = { HBTD_WARNTIME: '35', HBTD_ERRTIME: '60', HBTD_NOSM: 'Yes', HBTD_PORT: '1' };
    const loaded = loadConfig({ env: { ...env, HEARTBEAT_PROFILES_HBTD_PORT: '2' } });
    const { hbtd } = loaded.kind === 'config' ? loaded.config.profiles : {};
    expect(hbtd).toMatchObject({ warnSeconds: 35, errSeconds: 60, noSm: true, port: 2 });
    const linked = loadConfig({ env: { HBTD_PORT: 'tcp://10.0.0.7:28500' } });
    expect(linked.kind).toBe('config');
    expect(loadConfig({ env: { HBTD_WARNTIME: '30' } }).kind).toBe('problems');
  });

  it('checks the rules of liveness, and thresholds against each other', () => {
    const env = {
      HEARTBEAT_LIVENESS_RULES: '[{name: Orion, lateSeconds: 5, downSeconds: 20, minInstances: 2}]',
    };
    expect(loadGood({ env }).config.liveness.rules).toEqual([
      {
        name: 'Orion',
        version: '*',
        lateSeconds: 5,
        downSeconds: 20,
        minInstances: 2,
        expected: false,
      },
    ]);
    const yaml = [
      'liveness:',
      '  lateSeconds: 300',
      '  rules: [{ name: a, lateSeconds: 9, downSeconds: 9 }, { name: b, lateSeconds: 9 }]',
    ].join('\n');
    expect(problemsOf({ yaml })).toEqual([
      expect.objectContaining({
        path: 'liveness.rules[0].downSeconds',
        expected: 'more than lateSeconds',
      }),
      expect.objectContaining({
        path: 'liveness.rules[1].downSeconds',
        expected: 'both lateSeconds and downSeconds, or neither',
      }),
      expect.objectContaining({
        path: 'liveness.downSeconds',
        expected: 'more than liveness.lateSeconds',
      }),
    ]);
  });

  it('prefers the own variables to those of OpenStack, these to the file, this to the default', () => {
    const yaml = 'keystone: { username: file, region: file, interface: admin }';
    const env = {
      ...openrc,
      OS_USERNAME: 'openstack',
      HEARTBEAT_KEYSTONE_USERNAME: 'own',
      OS_REGION_NAME: 'openstack',
    };
    const { config, sources } = loadGood({ env, yaml });
    expect(config.keystone).toMatchObject({
      login: { userName: 'own' },
      region: 'openstack',
      interface: 'admin',
      tls: { insecure: false },
    });
    expect(sources.get('keystone.username')).toEqual({
      kind: 'environment',
      variable: 'HEARTBEAT_KEYSTONE_USERNAME',
    });
    expect(sources.get('keystone.interface')).toMatchObject({ kind: 'file', line: 1 });
    expect(sources.get('keystone.insecure')).toEqual({ kind: 'default' });
  });

  it('lets a stronger id or name replace both of a weaker source', () => {
    const yaml = 'keystone: { projectId: weak, userDomainId: weak }';
    expect(loadGood({ env: openrc, yaml }).config.keystone?.login).toMatchObject({
      projectId: undefined,
      projectName: 'service',
      userDomainId: undefined,
      userDomainName: 'Default',
    });
  });

  it('finds the file by option before variable', () => {
    const named = fileWith('http: { port: 1 }');
    const other = fileWith('http: { port: 2 }');
    const portOf = (argv: string[], env = {}) => {
      const loaded = loadConfig({ env, argv });
      return loaded.kind === 'config' ? loaded.config.http.port : loaded.problems;
    };
    expect(portOf([], { HEARTBEAT_CONFIG: other })).toBe(2);
    expect(portOf(['--config', named], { HEARTBEAT_CONFIG: other })).toBe(1);
    expect(portOf([`--config=${named}`])).toBe(1);
  });

  it.each([
    [
      ['--confg', 'x'],
      ['the option --confg', 'the argument "x"'],
    ],
    [['--config'], ['the option --config']],
    [['serve'], ['the argument "serve"']],
  ])('rejects the arguments %j', (argv, given) => {
    const loaded = loadConfig({ env: {}, argv });
    expect(loaded.kind === 'problems' && loaded.problems.map((one) => one.given)).toEqual(given);
  });

  it.each([
    ['http: { headersTimeoutSeconds: 31 }', 'http.requestTimeoutSeconds'],
    ['delivery: { backoff: { firstMs: 60001 } }', 'delivery.backoff.maxMs'],
    ['outbox: { maxRecords: 100 }', 'outbox.maxRecords'],
    ['monasca: { dimensions: { name: instance } }', 'monasca.dimensions'],
    ['monasca: { dimensions: { name: _name } }', 'monasca.dimensions.name'],
    ['monasca: { dimensions: { name: "a,b" } }', 'monasca.dimensions.name'],
    ['monasca: { metricName: a b }', 'monasca.metricName'],
    ['http: { port: 65536 }', 'http.port'],
    ['http: { port: 1.5 }', 'http.port'],
    ['http: { host: [a] }', 'http.host'],
    ['http: 5', 'http'],
    ['- 1', undefined],
  ])('rejects %s', (yaml, path) => {
    expect(problemsOf({ yaml }).map((problem) => problem.path)).toEqual([path]);
  });
});
