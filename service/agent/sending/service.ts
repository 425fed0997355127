import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { z } from 'zod';
import { delivered, type Outcome, rejected, retry } from '../../contract/outcome.ts';
import type { Secret } from '../../contract/values/secret.ts';
import type { Clock } from '../../runtime/clock.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import type { HttpResult } from '../../runtime/http/http-client.ts';
import { readBody } from '../../runtime/http/response-body.ts';
import { type AgentHeartbeat, formatHeartbeats } from '../heartbeat.ts';
import { errorText } from '../probes/probe.ts';
import type { AgentSender } from './sender.ts';

/** A token, or the file that has it, which is read again for every request. */
export type TokenSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly token: Secret }
  | { readonly kind: 'file'; readonly file: string };

export type ServiceSenderOptions = {
  /** Address of the service: the path of the API is added. */
  readonly url: string;
  readonly token: TokenSource;
  readonly timeoutMs: number;
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly clock: Clock;
  /** Called for each heartbeat that the service rejects while it accepts the others. */
  readonly onRejected: (heartbeat: AgentHeartbeat, reason: string) => void;
};

const maxResponseBytes = 262_144;
/** Servers close idle connections after 5 s and more. */
const idleConnectionMs = 4_000;

/** Sends heartbeats to one address of the service, a batch in each request. */
export function createServiceSender(options: ServiceSenderOptions): AgentSender<AgentHeartbeat> {
  const { url, token, timeoutMs, tls, clock } = options;
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/api/v1/heartbeats`;
  const { Agent, request } = address.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 2, timeout: idleConnectionMs, ...tls });

  const exchange = (body: string, authorization: string | undefined, signal: AbortSignal) =>
    new Promise<HttpResult>((resolve) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const sent = request(address, {
        method: 'POST',
        agent,
        signal: limit,
        headers: {
          'content-type': 'application/x-ndjson',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'ge-heartbeat-agent',
          ...(authorization === undefined ? {} : { authorization }),
        },
      });
      sent.once('error', (error) => resolve(failureOf(error, signal, limit)));
      sent.once('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        const bounds = { maxBytes: maxResponseBytes, maxMs: timeoutMs };
        // The status line is the verdict, whatever follows it.
        sent.removeAllListeners('error').on('error', () => undefined);
        readBody(response, bounds).then(({ bytes }) =>
          resolve({ kind: 'response', status, headers, body: bytes.toString() }),
        );
      });
      sent.end(body);
    });

  return {
    async send(batch, signal) {
      const credentials = readToken(token);
      if (credentials.kind === 'failed') return retry('unauthenticated', credentials.detail);
      const body = formatHeartbeats(batch, clock.now());
      const result = await exchange(body, credentials.authorization, signal);
      return outcomeOf(result, batch, options, address.host);
    },
    async close() {
      agent.destroy();
    },
  };
}

type Credentials =
  | { readonly kind: 'known'; readonly authorization: string | undefined }
  | { readonly kind: 'failed'; readonly detail: string };

function readToken(token: TokenSource): Credentials {
  switch (token.kind) {
    case 'none':
      return { kind: 'known', authorization: undefined };
    case 'text':
      return { kind: 'known', authorization: `Bearer ${token.token.reveal()}` };
    case 'file':
      try {
        const text = readFileSync(token.file, 'utf8').trim();
        if (/^[\x21-\x7e]+$/.test(text)) return { kind: 'known', authorization: `Bearer ${text}` };
        return { kind: 'failed', detail: `${token.file} has no token` };
      } catch (error) {
        return { kind: 'failed', detail: `the token cannot be read: ${errorText(error)}` };
      }
  }
}

function failureOf(error: Error, signal: AbortSignal, limit: AbortSignal): HttpResult {
  if (signal.aborted)
    return { kind: 'failure', reason: 'aborted', detail: 'the request was aborted' };
  if (limit.aborted) return { kind: 'failure', reason: 'timeout', detail: 'no response' };
  const detail = errorText(error);
  return {
    kind: 'failure',
    reason: detail.startsWith('HPE_') ? 'unexpected-answer' : 'unreachable',
    detail,
  };
}

const receiptSchema = z.object({
  code: z.string().optional(),
  rejected: z
    .array(
      z.object({
        index: z.int(),
        errors: z.array(z.object({ path: z.string(), expected: z.string(), got: z.string() })),
      }),
    )
    .optional(),
});

/**
 * Outcome of a batch. A service that rejects some heartbeats has stored the others. If it rejects all
 * (also with 403, where the token may not send these components), the pump halves the batch.
 */
function outcomeOf(
  result: HttpResult,
  batch: readonly AgentHeartbeat[],
  { clock, onRejected }: ServiceSenderOptions,
  host: string,
): Outcome {
  const outcome = classifyResponse(host, result, clock.now());
  if (result.kind === 'failure') return outcome;
  const items = readReceipt(result.body)?.rejected ?? [];
  const reasons = items.map(({ index, errors: [error] }) => {
    const reason = error
      ? `${error.path}: expected ${error.expected}; got ${error.got}`
      : 'rejected';
    return { index, reason: reason.slice(0, 500) };
  });
  if (outcome.kind === 'delivered') {
    for (const { index, reason } of reasons) {
      const heartbeat = batch[index];
      if (heartbeat) onRejected(heartbeat, reason);
    }
    return delivered;
  }
  const [first] = reasons;
  const isOfRecords = (result.status === 403 || result.status === 400) && first !== undefined;
  return isOfRecords ? rejected(`${host} answered ${result.status}: ${first.reason}`) : outcome;
}

function readReceipt(body: string): z.infer<typeof receiptSchema> | undefined {
  try {
    return receiptSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
