import { hostname } from 'node:os';
import type { TargetConfig } from '../../config/sections/relays/relays.ts';
import { createHttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { EmissionTarget } from './target.ts';

type HttpTargetConfig = Extract<TargetConfig, { type: 'http' }>;

/** Requests an address: another GE Heartbeat, or any other monitor. A status below 300 is success. */
export function createHttpTarget(
  { url, method, headers, body, timeout }: HttpTargetConfig,
  relay: string,
  { proxy }: Pick<Runtime, 'proxy'>,
): EmissionTarget {
  const http = createHttpClient({ timeoutMs: timeout * 1_000, proxy });
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]);
  const request = {
    method,
    url: url.reveal(),
    headers: {
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...Object.fromEntries(own),
    },
    ...(method === 'POST' ? { body: body ?? heartbeatOf(relay) } : {}),
  };
  return {
    async emit(signal) {
      const result = await http.request({ ...request, signal });
      if (result.kind === 'failure') return result.detail;
      return result.status < 300 ? undefined : `the response status was ${result.status}`;
    },
    close: () => http.close(),
  };
}

const heartbeatOf = (relay: string): string =>
  JSON.stringify({ name: relay, version: 'relay', instance: hostname() });
