import type { Secret } from '../../contract/values/secret.ts';
import type { ManagementAccess } from '../probes/management-api.ts';

/** What the publisher of pipeline-heartbeat checks, in the order of its file. */
export type PublisherChecks = {
  readonly hosts: readonly PublisherHost[];
  readonly queues: readonly PublisherQueue[];
};

export type PublisherHost = { readonly host: string; readonly port: number; readonly name: string };

export type PublisherQueue = {
  readonly queue: string;
  readonly listeners: readonly { readonly tag: string; readonly name: string }[];
};

/** Its checks, and the broker of its variables. */
export type PublisherSettings = PublisherChecks & {
  readonly intervalSeconds: number;
  readonly broker: PublisherBroker;
  readonly management: ManagementAccess;
};

export type PublisherBroker = {
  /** Without user name and password; the virtual host is its path. */
  readonly url: string;
  readonly vhost: string;
  readonly username: string;
  readonly password: Secret;
  readonly caFile: string | undefined;
  readonly exchange: string;
  readonly queue: string;
  readonly routingKey: string;
};
