import type { ConfigProblem } from '../../config/problem.ts';
import { Secret } from '../../contract/values/secret.ts';
import type { ManagementAccess } from '../probes/management-api.ts';
import type { PublisherBroker } from './settings.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export type PublisherVariables = {
  readonly broker: PublisherBroker;
  /** `ca` is the content of the file. */
  readonly management: Omit<ManagementAccess, 'ca'>;
  readonly intervalSeconds: number;
};

/**
 * Settings from the variables of the original publisher, with its defaults. `RABBITMQ_TLS_PORT` is
 * used, which the original ignores.
 */
export function readPublisherVariables(env: Variables): {
  readonly value: PublisherVariables;
  readonly problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const text = (variable: string, standard: string): string => {
    const value = env[variable] ?? standard;
    if (value === '') problems.push(problem(variable, '""', 'text that is not empty'));
    return value;
  };
  const whole = (variable: string, standard: number, max: number): number => {
    const value = env[variable] || String(standard);
    const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= max) return number;
    problems.push(problem(variable, JSON.stringify(value), `a whole number from 1 to ${max}`));
    return standard;
  };

  const isTls = env['RABBITMQ_TLS']?.toLowerCase() === 'true';
  const host = text('RABBITMQ_HOST', 'localhost');
  const port = isTls
    ? whole('RABBITMQ_TLS_PORT', 5_671, 65_535)
    : whole('RABBITMQ_PORT', 5_672, 65_535);
  const managementPort = whole('RABBITMQ_MANAGEMENT_PORT', 15_672, 65_535);
  const username = text('RABBITMQ_USER', 'guest');
  const password = new Secret(text('RABBITMQ_PASS', 'guest'));
  const vhost = text('RABBITMQ_VHOST', '/');
  const authority = host.includes(':') ? `[${host}]` : host;
  const scheme = isTls ? 's' : '';
  if (!URL.canParse(`http://${authority}:${port}`)) {
    problems.push(problem('RABBITMQ_HOST', JSON.stringify(host), 'a host name or an address'));
  }
  const value: PublisherVariables = {
    broker: {
      url: `amqp${scheme}://${authority}:${port}/${encodeURIComponent(vhost)}`,
      ...{ vhost, username, password },
      caFile: (isTls && env['RABBITMQ_CA_CERT_PATH']) || undefined,
      exchange: text('RABBITMQ_EXCHANGE', 'my_topic_exchange'),
      queue: text('RABBITMQ_QUEUE', 'my_queue'),
      routingKey: text('RABBITMQ_ROUTING_KEY', 'service.heartbeat'),
    },
    management: { url: `http${scheme}://${authority}:${managementPort}`, username, password },
    intervalSeconds: whole('PUBLISH_INTERVAL', 60, 604_800),
  };
  return { value, problems };
}

const problem = (variable: string, given: string, expected: string): ConfigProblem => ({
  origin: { kind: 'environment', variable },
  given,
  expected,
});
