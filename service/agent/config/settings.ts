import type { Secret } from '../../contract/values/secret.ts';
import type { LogLevel } from '../../runtime/log.ts';
import type { PublisherSettings } from '../pipeline-heartbeat/settings.ts';
import type { ManagementAccess } from '../probes/management-api.ts';
import type { TokenSource } from '../sending/service.ts';
import type { NotOkPolicy, ProbeConfig } from './probes.ts';

/** Settings of an agent, with all defaults, and the contents of its certificates. */
export type AgentSettings = {
  readonly self: AgentIdentity & { readonly intervalSeconds: number };
  readonly service: ServiceSettings | undefined;
  readonly amqp: AmqpSettings | undefined;
  readonly spool: { readonly folder: string; readonly maxBytes: number };
  readonly logLevel: LogLevel;
  readonly probes: readonly ProbeSettings[];
  /** What the publisher of pipeline-heartbeat does, if its file is given. */
  readonly publisher: PublisherSettings | undefined;
};

export type AgentIdentity = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

export type ServiceSettings = {
  readonly urls: readonly string[];
  readonly token: TokenSource;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly timeoutMs: number;
};

export type AmqpSettings = {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
};

export type ProbeSettings = AgentIdentity & {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly notOk: NotOkPolicy;
  readonly config: ProbeConfig;
  /** For probes of the type `rabbitmq`. */
  readonly management: ManagementAccess & { readonly vhost: string };
};
