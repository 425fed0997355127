import { readFileSync } from 'node:fs';
import type { LogRecord } from '../../contract/records/log-record.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import { createHttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { createBridgeSender } from './bridge.ts';
import type { Forwarding, ForwardTarget } from './forwarding.ts';

/**
 * Sends records on to another service: to another GE Heartbeat by HTTP, or to a bridge of ps.herald
 * by its own protocol. `ownId` is appended to the hops of each record, by which a service drops what
 * it has forwarded before.
 */
export function createForwarding(
  config: ForwardTarget,
  ownId: string,
  runtime: Pick<Runtime, 'clock' | 'proxy'>,
): Forwarding {
  const sender = config.url.startsWith('herald:')
    ? createBridgeSender(config)
    : createHttpSender(config, runtime);
  return {
    deliver(batch, signal) {
      const hopped = batch.map((record) => ({ ...record, hops: [...(record.hops ?? []), ownId] }));
      return sender.deliver(hopped, signal);
    },
    close: sender.close,
  };
}

function createHttpSender(
  { url, token, caFile, timeoutSeconds }: ForwardTarget,
  { clock, proxy }: Pick<Runtime, 'clock' | 'proxy'>,
): Forwarding {
  const http = createHttpClient({
    timeoutMs: timeoutSeconds * 1_000,
    ca: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
    proxy,
  });
  const peer = new URL(url).host;
  const address = new URL('api/v1/records', url.endsWith('/') ? url : `${url}/`).href;
  return {
    async deliver(records, signal) {
      const result = await http.request({
        method: 'POST',
        url: address,
        headers: {
          'content-type': 'application/json',
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
        },
        body: JSON.stringify(records.map(candidateOf)),
        signal,
      });
      return classifyResponse(peer, result, clock.now());
    },
    close: () => http.close(),
  };
}

/** A record as `POST /api/v1/records` takes it. */
const candidateOf = ({ receivedAtMs, createdAtMs = receivedAtMs, ...record }: LogRecord) => ({
  ...record,
  createdAt: createdAtMs,
});
