import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import type { Secret } from '../../contract/values/secret.ts';
import { readBody } from '../../runtime/http/response-body.ts';
import { errorText } from './probe.ts';

/** Access to RabbitMQ's management API. */
export type ManagementAccess = {
  /** `http://host:15672` or `https://host:15671`, with a path if a proxy adds one. */
  readonly url: string;
  readonly username: string;
  readonly password: Secret;
  readonly ca?: string | undefined;
};

export type QueueReading =
  | { readonly kind: 'queue'; readonly consumers: readonly QueueConsumer[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string };

export type QueueConsumer = {
  readonly tag: string;
  /** `up`, `single_active` or `waiting`; with a fault `blocked` or `cancelled`. */
  readonly activity: string;
};

const queueSchema = z.object({
  consumer_details: z.array(
    z.object({
      consumer_tag: z.string(),
      activity_status: z.string().default('up'),
      channel_details: z.unknown(),
    }),
  ),
});

/** A queue with thousands of consumers needs about a megabyte. */
const maxBodyBytes = 16 * 1024 * 1024;

/** Reads a queue and its consumers. Resolves in every case. */
export async function readQueue(
  { url, username, password, ca }: ManagementAccess,
  { vhost, queue }: { vhost: string; queue: string },
  signal: AbortSignal,
): Promise<QueueReading> {
  // The default vhost is `/`, which has to be encoded as the rest.
  const path = `/api/queues/${encodeURIComponent(vhost)}/${encodeURIComponent(queue)}`;
  const address = new URL(url.replace(/\/+$/, '') + path);
  const login = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  try {
    const { status, body } = await get(address, `Basic ${login}`, ca, signal);
    if (status === 404) return { kind: 'missing' };
    if (status !== 200) return failed(`status ${status}`);
    const read = queueSchema.safeParse(JSON.parse(body));
    if (!read.success) return failed('the response has no consumers of the queue');
    const consumers = read.data.consumer_details
      // For some seconds the API lists consumers whose channel has ended, with `[]` for it.
      .filter(({ channel_details: channel }) => !Array.isArray(channel))
      .map((one) => ({ tag: one.consumer_tag, activity: one.activity_status }));
    return { kind: 'queue', consumers };
  } catch (error) {
    return failed(error instanceof SyntaxError ? 'the response is not JSON' : errorText(error));
  }
}

const failed = (why: string): QueueReading => ({
  kind: 'failed',
  message: `management API: ${why}`,
});

function get(
  address: URL,
  authorization: string,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const send = address.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(address, {
      agent: false,
      headers: { authorization, accept: 'application/json' },
      ...(ca === undefined ? {} : { ca }),
    });
    const end = () => request.destroy();
    signal.addEventListener('abort', end, { once: true });
    request.once('close', () => signal.removeEventListener('abort', end));
    request.once('error', reject);
    request.once('response', (response) => {
      readBody(response, { maxBytes: maxBodyBytes }).then(({ bytes, fault }) => {
        if (fault) reject(new Error('the response was cut short'));
        else resolve({ status: response.statusCode ?? 0, body: bytes.toString() });
      }, reject);
    });
    request.end();
  });
}
