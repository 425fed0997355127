import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  createHttpClient,
  type HttpClient,
  type HttpResult,
} from '../../runtime/http/http-client.ts';
import { type ChangeKind, changes } from './changes.ts';

/** Where a State Manager is to be found. */
export type HsmTarget = {
  /** Up to its version, as in `https://api-gw-service-nmn.local/apis/smd/hsm/v2`. */
  readonly url: string;
  readonly timeoutMs: number;
};

/** A client of Cray's Hardware State Manager, as far as heartbeats need one. */
export type Hsm = {
  /** Whether it is at work. */
  ready(target: HsmTarget, signal: AbortSignal): Promise<HttpResult>;
  /** Tells it the same of many components. */
  patch(
    target: HsmTarget,
    kind: ChangeKind,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<HttpResult>;
  close(): void;
};

/** `caFile` has the certificates (PEM) to trust instead of the well-known ones. */
export function createHsm(caFile: string | undefined): Hsm {
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  /** hbtd called itself by its host. */
  const userAgent = hostname() || 'HBTD';
  let client: { readonly timeoutMs: number; readonly http: HttpClient } | undefined;

  /** The time for a request may be changed at run time. */
  function clientFor({ timeoutMs }: HsmTarget): HttpClient {
    if (client?.timeoutMs === timeoutMs) return client.http;
    client?.http.close();
    client = { timeoutMs, http: createHttpClient({ timeoutMs, userAgent, ca }) };
    return client.http;
  }

  return {
    ready: (target, signal) =>
      clientFor(target).request({
        method: 'GET',
        url: at(target, 'service/ready'),
        signal,
      }),
    patch: (target, kind, instances, signal) =>
      clientFor(target).request({
        method: 'PATCH',
        url: at(target, 'State/Components/BulkStateData'),
        headers: { 'content-type': 'application/json' },
        body: bulk(kind, instances),
        signal,
      }),
    close: () => client?.http.close(),
  };
}

const at = ({ url }: HsmTarget, path: string) => `${url.replace(/\/+$/, '')}/${path}`;

function bulk(kind: ChangeKind, instances: readonly string[]): string {
  const { state, flag, message } = changes[kind];
  return JSON.stringify({
    ComponentIDs: instances,
    State: state,
    Flag: flag,
    ExtendedInfo: { ID: '', Message: message, Flag: '' },
  });
}
