import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import type { ConfigProblem } from '../../config/problem.ts';
import { defined } from '../../contract/defined.ts';
import { Secret } from '../../contract/values/secret.ts';
import { packageVersion } from '../../runtime/package.ts';
import { publisherFileSchema } from '../pipeline-heartbeat/file.ts';
import type { PublisherSettings } from '../pipeline-heartbeat/settings.ts';
import { readPublisherVariables } from '../pipeline-heartbeat/variables.ts';
import type { TokenSource } from '../sending/service.ts';
import { type Locate, readDocument } from './document.ts';
import { type AgentConfig, agentSchema } from './schema.ts';
import type { AgentSettings, AmqpSettings, ProbeSettings, ServiceSettings } from './settings.ts';

/** Files and variables of an agent. At least one of the files is given. */
export type AgentSources = {
  readonly file?: string | undefined;
  /** File of the publisher of pipeline-heartbeat. */
  readonly publisherFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
};

type LoadedAgent =
  | { readonly kind: 'settings'; readonly settings: AgentSettings }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/** Reads and checks everything: the settings, or all problems. */
export function loadAgent(sources: AgentSources): LoadedAgent {
  const problems: ConfigProblem[] = [];
  const publisher = readPublisher(sources, problems);
  const document = readAgentFile(sources.file);
  if (document.kind === 'problems') {
    return { kind: 'problems', problems: [...document.problems, ...problems] };
  }
  const { value: config, locate } = document;
  const instance = config.instance ?? hostname();
  const probes = probesOf(config, instance);
  problems.push(
    ...relationProblems(config, probes, locate),
    ...(publisher || problems.length > 0 ? [] : destinationProblems(config, locate)),
  );
  const service = config.service && readService(config.service, sources.env, locate, problems);
  if (problems.length > 0) return { kind: 'problems', problems };
  const { name, intervalSeconds } = config.self;
  const folder =
    config.spool.folder ?? (sources.env['STATE_DIRECTORY']?.split(':')[0] || './agent-data');
  const settings: AgentSettings = {
    self: { name, version: packageVersion(), instance, intervalSeconds },
    service,
    amqp: config.amqp && amqpOf(config.amqp),
    spool: { folder, maxBytes: config.spool.maxBytes },
    logLevel: config.log.level,
    probes,
    publisher,
  };
  return { kind: 'settings', settings };
}

function readAgentFile(file: string | undefined) {
  if (file !== undefined) return readDocument(file, agentSchema);
  const locate: Locate = (place) => ({ path: place.join('.'), origin: { kind: 'default' } });
  return { kind: 'value' as const, value: agentSchema.parse({}), locate };
}

function readPublisher(
  { publisherFile, env }: AgentSources,
  problems: ConfigProblem[],
): PublisherSettings | undefined {
  if (publisherFile === undefined) return undefined;
  const document = readDocument(publisherFile, publisherFileSchema);
  const variables = readPublisherVariables(env);
  problems.push(...variables.problems);
  if (document.kind === 'problems') {
    problems.push(...document.problems);
    return undefined;
  }
  const { hosts, rmq_consumers: queues } = document.value.heartbeat;
  const { broker, management, intervalSeconds } = variables.value;
  const ca = broker.caFile === undefined ? undefined : readPem(broker.caFile);
  if (broker.caFile !== undefined && ca === undefined) {
    const origin = { kind: 'environment', variable: 'RABBITMQ_CA_CERT_PATH' } as const;
    problems.push({ origin, given: 'cannot be read', expected: 'a file with certificates (PEM)' });
  }
  return {
    hosts: hosts.map(({ host, port, name = host }) => ({ host, port, name })),
    queues,
    intervalSeconds,
    broker,
    management: { ...management, ca },
  };
}

function probesOf(config: AgentConfig, instance: string): ProbeSettings[] {
  const { vhost, caFile, ...access } = config.rabbitmq;
  const management = { ...access, vhost, ca: caFile === undefined ? undefined : readPem(caFile) };
  return config.probes.map((probe) => ({
    name: probe.name,
    version: probe.version,
    instance: probe.instance ?? instance,
    intervalSeconds: probe.intervalSeconds ?? config.intervalSeconds,
    timeoutSeconds: probe.timeoutSeconds ?? config.timeoutSeconds,
    notOk: probe.notOk ?? config.notOk,
    config: probe,
    management,
  }));
}

/** Problems of several fields together. */
function relationProblems(
  config: AgentConfig,
  probes: readonly ProbeSettings[],
  locate: Locate,
): ConfigProblem[] {
  const seen = new Map<string, number>();
  return probes.flatMap((probe, index): ConfigProblem[] => {
    const problems: ConfigProblem[] = [];
    const key = JSON.stringify([probe.name, probe.version, probe.instance]);
    const twin = seen.get(key);
    seen.set(key, twin ?? index);
    if (twin !== undefined) {
      const given = `the instance of probes[${twin}]`;
      const expected = 'a name, version or instance of its own for each probe';
      problems.push({ ...locate(['probes', index, 'instance']), given, expected });
    }
    if (probe.timeoutSeconds > probe.intervalSeconds) {
      const isOwn = config.probes[index]?.timeoutSeconds !== undefined;
      const place = isOwn ? ['probes', index, 'timeoutSeconds'] : ['timeoutSeconds'];
      const expected = `at most the interval of probes[${index}], ${probe.intervalSeconds}`;
      problems.push({ ...locate(place), given: String(probe.timeoutSeconds), expected });
    }
    return problems;
  });
}

function destinationProblems({ service, amqp }: AgentConfig, locate: Locate): ConfigProblem[] {
  if (service || amqp) return [];
  return [{ ...locate(['service']), expected: 'service.urls, amqp.url, or both' }];
}

function readService(
  config: NonNullable<AgentConfig['service']>,
  env: AgentSources['env'],
  locate: Locate,
  problems: ConfigProblem[],
): ServiceSettings {
  const pem = (key: 'caFile' | 'certFile' | 'keyFile') => {
    const file = config[key];
    if (file === undefined) return undefined;
    const text = readPem(file);
    if (text === undefined) {
      const at = locate(['service', key]);
      problems.push({
        ...at,
        given: JSON.stringify(file),
        expected: 'a file (PEM) that can be read',
      });
    }
    return text;
  };
  const tls = defined({ ca: pem('caFile'), cert: pem('certFile'), key: pem('keyFile') });
  if ((config.certFile === undefined) !== (config.keyFile === undefined)) {
    const missing = config.certFile === undefined ? 'certFile' : 'keyFile';
    problems.push({
      ...locate(['service', missing]),
      expected: 'certFile and keyFile, or neither',
    });
  } else if (problems.length === 0 && !isUsable(tls)) {
    const expected = 'the key of the certificate in service.certFile, without a password';
    problems.push({ ...locate(['service', 'keyFile']), given: 'another key', expected });
  }
  const { urls, timeoutSeconds } = config;
  const token = tokenOf(config.token, env, problems);
  return { urls, token, tls, timeoutMs: timeoutSeconds * 1_000 };
}

function tokenOf(
  given: NonNullable<AgentConfig['service']>['token'],
  env: AgentSources['env'],
  problems: ConfigProblem[],
): TokenSource {
  if (typeof given === 'string') return { kind: 'text', token: new Secret(given) };
  const text = env['HEARTBEAT_TOKEN'];
  const file = given?.file ?? env['HEARTBEAT_TOKEN_FILE'];
  if (file) return { kind: 'file', file };
  if (!text) return { kind: 'none' };
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const origin = { kind: 'environment', variable: 'HEARTBEAT_TOKEN' } as const;
    problems.push({ origin, given: 'text that is not shown', expected: 'a token' });
  }
  return { kind: 'text', token: new Secret(text) };
}

function amqpOf(config: NonNullable<AgentConfig['amqp']>): AmqpSettings {
  const { url, username, password, caFile, certFile, keyFile, exchange, routingKey } = config;
  return { url, username, password, caFile, certFile, keyFile, exchange, routingKey };
}

function isUsable(tls: ServiceSettings['tls']): boolean {
  try {
    createSecureContext(tls);
    return true;
  } catch {
    return false;
  }
}

function readPem(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
