import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadAgent } from '../../../service/agent/config/load.ts';
import { formatProblem } from '../../../service/config/problem.ts';
import { createAuthority } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function load(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, text);
  return loadAgent({ file, env });
}

/** The problems, without the name of the file. */
function problems(text: string, env?: Readonly<Record<string, string>>): string[] {
  const loaded = load(text, env);
  if (loaded.kind === 'settings') return [];
  return loaded.problems.map((one) => formatProblem(one).replaceAll(`${folder}/`, ''));
}

const service = 'service: {urls: ["http://127.0.0.1:8080"]}\n';
const probe = (fields: string) => `${service}probes:\n  - {name: Orion, version: "1", ${fields}}\n`;

describe('loadAgent', () => {
  it('applies defaults, of the agent and of the file', () => {
    const loaded = load(
      `${service}instance: vm-1\nintervalSeconds: 20\nprobes:
  - {name: Orion, version: 3.10.1, type: http, url: http://localhost:1026/version}
  - {name: Cep, version: "1", instance: b, intervalSeconds: 60, notOk: always, type: tcp, host: "::1", port: 80}
`,
      { STATE_DIRECTORY: '/var/lib/agent', HEARTBEAT_TOKEN_FILE: '/run/token' },
    );
    expect(loaded).toMatchObject({
      kind: 'settings',
      settings: {
        self: { name: 'ge-heartbeat-agent', instance: 'vm-1', intervalSeconds: 30 },
        service: { token: { kind: 'file', file: '/run/token' }, timeoutMs: 10_000 },
        spool: { folder: '/var/lib/agent', maxBytes: 67_108_864 },
        probes: [
          {
            name: 'Orion',
            version: '3.10.1',
            instance: 'vm-1',
            intervalSeconds: 20,
            timeoutSeconds: 5,
            notOk: 'once',
          },
          { name: 'Cep', instance: 'b', intervalSeconds: 60, notOk: 'always' },
        ],
      },
    });
  });

  it.each([
    [
      'service: {urls: []}',
      [
        'service.urls: a list in agent.yaml, line 1; expected a list of http:// or https:// addresses',
      ],
    ],
    [
      'service: {urls: ["ftp://x"]}',
      [
        'service.urls[0]: "ftp://x" in agent.yaml, line 1; expected an http:// or https:// address without user and password',
      ],
    ],
    ['service: {urls: ["http://u:secret@x"]}', [expect.not.stringContaining('secret')]],
    ['probes: []', ['service: missing in agent.yaml; expected service.urls, amqp.url, or both']],
    ['', ['service: missing in agent.yaml; expected service.urls, amqp.url, or both']],
    ['[1, 2]', [expect.stringContaining('expected a group of settings')]],
    [
      'a: {b: [',
      [
        expect.stringMatching(
          /^agent\.yaml, line 1: column \d+: not YAML; expected valid YAML or JSON$/,
        ),
      ],
    ],
    [
      `${service}inteval: 3`,
      ['inteval: unknown key in agent.yaml, line 2; expected the name of a setting'],
    ],
    [
      `${service}intervalSeconds: 0`,
      ['intervalSeconds: 0 in agent.yaml, line 2; expected a whole number from 1 to 604800'],
    ],
    [
      `${service}notOk: maybe`,
      ['notOk: "maybe" in agent.yaml, line 2; expected one of once, always, never'],
    ],
    [
      probe('type: ftp'),
      [
        'probes[0].type: "ftp" in agent.yaml, line 3; expected one of tcp, http, rabbitmq, process, file, command, systemd',
      ],
    ],
    [
      probe('type: tcp, host: localhost'),
      ['probes[0].port: missing in agent.yaml, line 3; expected a whole number from 1 to 65535'],
    ],
    [
      probe('type: tcp, host: "a b", port: "80"'),
      [
        'probes[0].host: "a b" in agent.yaml, line 3; expected a host name or an address',
        'probes[0].port: "80" in agent.yaml, line 3; expected a whole number from 1 to 65535',
      ],
    ],
    [
      probe('type: http, url: "http://x", body: "("'),
      ['probes[0].body: "(" in agent.yaml, line 3; expected a regular expression'],
    ],
    [
      probe('type: http, url: "http://x", status: [20]'),
      ['probes[0].status[0]: 20 in agent.yaml, line 3; expected a whole number from 100 to 599'],
    ],
    [
      probe('type: http, url: "https://x", caFile: /nowhere'),
      [
        'probes[0].caFile: "/nowhere" in agent.yaml, line 3; expected a file with certificates (PEM) that can be read',
      ],
    ],
    [
      probe('type: command, command: "true"'),
      [
        'probes[0].command: a string that is not shown in agent.yaml, line 3; expected a list: the program and its arguments',
      ],
    ],
    [
      probe('type: systemd, unit: "a b"'),
      [
        'probes[0].unit: "a b" in agent.yaml, line 3; expected the name of a unit, such as nginx.service',
      ],
    ],
    [
      probe('type: tcp, host: a, port: 1, timeoutSeconds: 31'),
      [
        'probes[0].timeoutSeconds: 31 in agent.yaml, line 3; expected at most the interval of probes[0], 30',
      ],
    ],
    [
      `${service}probes:\n  - {name: "a\\n", version: "", type: tcp, host: a, port: 1}`,
      [
        expect.stringContaining('probes[0].name: "a\\n"'),
        expect.stringContaining('probes[0].version: ""'),
      ],
    ],
    [
      `${probe('type: tcp, host: a, port: 1')}  - {name: Orion, version: "1", type: tcp, host: b, port: 2}\n`,
      [
        'probes[1].instance: the instance of probes[0] in agent.yaml, line 4; expected a name, version or instance of its own for each probe',
      ],
    ],
    ['amqp: {url: "amqp://u:secret@h/"}', [expect.not.stringContaining('secret')]],
    [
      'amqp: {url: "http://h/"}',
      [
        'amqp.url: "http://h/" in agent.yaml, line 1; expected an amqp:// or amqps:// address without user and password',
      ],
    ],
    [
      'amqp: {url: "amqp://h", password: {file: /nowhere}}',
      [
        expect.stringContaining(
          'amqp.password: a group in agent.yaml, line 1; expected text, or {file: …}',
        ),
      ],
    ],
    [
      'service: {urls: ["http://h"], token: "two words"}',
      [
        'service.token: a string that is not shown in agent.yaml, line 1; expected a token, or {file: …}',
      ],
    ],
    [
      'service: {urls: ["https://h"], certFile: /nowhere}',
      [
        expect.stringContaining('service.certFile: "/nowhere"'),
        expect.stringContaining('service.keyFile'),
      ],
    ],
    ['service: &a {urls: [*a]}', [expect.stringContaining('agent.yaml')]],
    ['x: &a [1]\ny: *b', [expect.stringContaining('agent.yaml')]],
  ] as [string, unknown[]][])('names the field of %j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('does not print a token of the environment', () => {
    expect(problems(service, { HEARTBEAT_TOKEN: 'two words' })).toEqual([
      'HEARTBEAT_TOKEN: text that is not shown; expected a token',
    ]);
  });

  it('checks that key and certificate belong together', () => {
    const authority = createAuthority(folder);
    const [one, other] = ['one', 'other'].map((name) =>
      authority.issue(name, { commonName: name }),
    );
    const text = (keyFile = '') =>
      `service: {urls: ["https://h"], certFile: ${one?.certFile}, keyFile: ${keyFile}}\n`;
    expect(problems(text(one?.keyFile))).toEqual([]);
    expect(problems(text(other?.keyFile))).toEqual([
      expect.stringContaining('service.keyFile: another key in agent.yaml, line 1'),
    ]);
  });

  it('reports a file that cannot be read', () => {
    const loaded = loadAgent({ file: join(folder, 'absent'), env: {} });
    expect(loaded).toMatchObject({
      problems: [{ given: 'cannot be read (ENOENT)', expected: 'a YAML or JSON file' }],
    });
  });
});

describe('the file of pipeline-heartbeat', () => {
  function loadPublisher(text: string, env: Readonly<Record<string, string>> = {}) {
    const publisherFile = join(folder, 'publisher.json');
    writeFileSync(publisherFile, text);
    return loadAgent({ publisherFile, env });
  }
  function publisherProblems(text: string, env?: Readonly<Record<string, string>>) {
    const loaded = loadPublisher(text, env);
    if (loaded.kind === 'settings') return [];
    return loaded.problems.map((one) => formatProblem(one).replaceAll(`${folder}/`, ''));
  }

  it('is accepted as the original accepts it', () => {
    const text = JSON.stringify({
      heartbeat: {
        hosts: [
          { host: 'a', port: '80' },
          { host: 'b', port: 70_000, name: '' },
        ],
        rmq_consumers: [{ queue: 'q', listeners: [{ tag: '', name: 'kø:1' }] }],
        x: 1,
      },
      y: 2,
    });
    expect(loadPublisher(text)).toMatchObject({
      settings: {
        service: undefined,
        publisher: {
          hosts: [
            { host: 'a', port: 80, name: 'a' },
            { host: 'b', port: 70_000, name: '' },
          ],
          queues: [{ queue: 'q', listeners: [{ tag: '', name: 'kø:1' }] }],
          intervalSeconds: 60,
          broker: {
            url: 'amqp://localhost:5672/%2F',
            username: 'guest',
            exchange: 'my_topic_exchange',
            queue: 'my_queue',
            routingKey: 'service.heartbeat',
          },
          management: { url: 'http://localhost:15672' },
        },
      },
    });
  });

  it('uses TLS for the broker and its management API', () => {
    const { caFile } = createAuthority(folder);
    const env = { RABBITMQ_TLS: 'true', RABBITMQ_HOST: '::1', RABBITMQ_CA_CERT_PATH: caFile };
    expect(loadPublisher('{"heartbeat":{}}', env)).toMatchObject({
      settings: {
        publisher: {
          broker: { url: 'amqps://[::1]:5671/%2F', caFile },
          management: { url: 'https://[::1]:15672', ca: expect.stringContaining('BEGIN') },
        },
      },
    });
  });

  it.each([
    ['{}', {}, ['heartbeat: missing in publisher.json; expected a group of settings']],
    [
      '{"heartbeat":{"hosts":[{"port":1}]}}',
      {},
      ['heartbeat.hosts[0].host: missing in publisher.json, line 1; expected text'],
    ],
    [
      '{"heartbeat":{"hosts":[{"host":"a","port":"http"}]}}',
      {},
      [
        'heartbeat.hosts[0].port: a string that is not shown in publisher.json, line 1; expected a port as a number, or as text of digits',
      ],
    ],
    [
      '{"heartbeat":{"rmq_consumers":[{"queue":"q","listeners":[{"tag":"(","name":"a"}]}]}}',
      {},
      [
        'heartbeat.rmq_consumers[0].listeners[0].tag: "(" in publisher.json, line 1; expected a regular expression',
      ],
    ],
    ['{"heartbeat":', {}, [expect.stringContaining('expected valid YAML or JSON')]],
    [
      '{"heartbeat":{}}',
      { RABBITMQ_EXCHANGE: '', PUBLISH_INTERVAL: 'soon' },
      [
        'RABBITMQ_EXCHANGE: ""; expected text that is not empty',
        'PUBLISH_INTERVAL: "soon"; expected a whole number from 1 to 604800',
      ],
    ],
    [
      '{"heartbeat":{}}',
      { RABBITMQ_TLS: 'true', RABBITMQ_CA_CERT_PATH: '/nowhere' },
      ['RABBITMQ_CA_CERT_PATH: cannot be read; expected a file with certificates (PEM)'],
    ],
  ] as [string, Record<string, string>, unknown[]][])(
    'names the field of %s',
    (text, env, expected) => {
      expect(publisherProblems(text, env)).toEqual(expected);
    },
  );
});
