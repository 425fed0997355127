import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { readBody } from '../../runtime/http/response-body.ts';
import { connectionResult } from './connection-error.ts';
import type { Pattern } from './pattern.ts';
import { codeOf, errorText, notOk, ok, type Probe, type ProbeResult } from './probe.ts';

export type HttpProbeOptions = {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  /** Accepted statuses; every 2xx when absent. */
  readonly statuses?: readonly number[] | undefined;
  /** Has to match in the first 64 KiB of the body. */
  readonly body?: Pattern | undefined;
  /** Certificates (PEM) of the authorities to trust instead of the built-in ones. */
  readonly ca?: string | undefined;
};

const maxBodyBytes = 65_536;

/**
 * A server that returns the expected response. Each check makes a connection of its own, because a
 * server that accepts no new ones is not OK. Redirects are not followed.
 */
export function createHttpProbe({ url, method, statuses, body, ca }: HttpProbeOptions): Probe {
  const { request: open, Agent } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: false });
  const address = new URL(url);
  const isExpected = (status: number) =>
    statuses ? statuses.includes(status) : status >= 200 && status < 300;

  async function judge(response: IncomingMessage): Promise<ProbeResult> {
    const { statusCode = 0 } = response;
    const { bytes, fault } = await readBody(response, { maxBytes: maxBodyBytes });
    if (!isExpected(statusCode)) return notOk(`status ${statusCode}`);
    if (!body) return ok;
    if (fault?.kind === 'broken') return notOk(`status ${statusCode}, body cut short`);
    return body(bytes.toString()) ? ok : notOk(`status ${statusCode}, body does not match`);
  }

  return (signal) =>
    new Promise((resolve) => {
      const request = open(address, {
        method,
        agent,
        headers: { 'user-agent': 'ge-heartbeat-agent', accept: '*/*' },
        ...(ca === undefined ? {} : { ca }),
      });
      const end = () => request.destroy();
      signal.addEventListener('abort', end, { once: true });
      request.once('close', () => signal.removeEventListener('abort', end));
      request.once('response', (response) => resolve(judge(response)));
      request.once('error', (error) => resolve(failedResult(error)));
      request.end();
    });
}

/** A server that speaks no HTTP, or whose certificate is not trusted, responds but is not OK. */
const failedResult = (error: Error): ProbeResult =>
  /^(HPE_|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_|SELF_SIGNED|DEPTH_)/.test(codeOf(error) ?? '')
    ? notOk(errorText(error))
    : connectionResult(error);
