import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  createHttpClient,
  type HttpClient,
  type HttpResult,
} from '../../runtime/http/http-client.ts';
import type { ProxySettings } from '../../runtime/http/proxy.ts';
import { type ChangeKind, changes } from './changes.ts';

/** Address of a State Manager. */
export type HsmTarget = {
  /** Address with the version, as in `https://api-gw-service-nmn.local/apis/smd/hsm/v2`. */
  readonly url: string;
  readonly timeoutMs: number;
};

/** Client of Cray's Hardware State Manager. */
export type Hsm = {
  /** Requests its readiness. */
  ready(target: HsmTarget, signal: AbortSignal): Promise<HttpResult>;
  /** Sets the same state for many components. */
  patch(
    target: HsmTarget,
    kind: ChangeKind,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<HttpResult>;
  close(): void;
};

/** `caFile`: certificates (PEM) to trust instead of the built-in ones. */
export function createHsm(caFile: string | undefined, proxy?: ProxySettings): Hsm {
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  /** As in hbtd: the host name. */
  const userAgent = hostname() || 'HBTD';
  let client: { readonly timeoutMs: number; readonly http: HttpClient } | undefined;

  /** The timeout may change at run time. */
  function clientFor({ timeoutMs }: HsmTarget): HttpClient {
    if (client?.timeoutMs === timeoutMs) return client.http;
    client?.http.close();
    client = { timeoutMs, http: createHttpClient({ timeoutMs, userAgent, ca, proxy }) };
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
