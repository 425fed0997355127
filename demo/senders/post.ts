import { z } from 'zod';
import { http } from '../http.ts';
import type { Protocol } from './components.ts';
import type { PostResult, SentHeartbeat } from './sent-heartbeats.ts';

const acceptance = z.object({ rejected: z.array(z.object({ index: z.number() })) });

/** Posts heartbeats in one request; the protocol `beat` sends only the first. Never throws. */
export async function post(
  serviceUrl: string,
  protocol: Protocol,
  heartbeats: readonly SentHeartbeat[],
): Promise<PostResult> {
  const { path, json, acceptedStatus } = requestOf(protocol, heartbeats);
  try {
    const options = { json, throwHttpErrors: false };
    const { statusCode, body } = await http.post(`${serviceUrl}${path}`, options);
    if (statusCode !== acceptedStatus) return { kind: 'rejected', detail: `${statusCode} ${body}` };
    if (protocol === 'beat') return { kind: 'accepted', heartbeats };
    const { rejected } = acceptance.parse(JSON.parse(body));
    const indexes = new Set(rejected.map(({ index }) => index));
    return { kind: 'accepted', heartbeats: heartbeats.filter((_, index) => !indexes.has(index)) };
  } catch (error) {
    return { kind: 'unanswered', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The request, and the status that confirms that the heartbeats are on disk. */
export function requestOf(protocol: Protocol, heartbeats: readonly SentHeartbeat[]) {
  if (protocol === 'beat') {
    // The original protocol has strings only, no interval and no status.
    const [original] = heartbeats.map(({ name, version, instance, timestampMs }) => ({
      ...{ ID: instance, Enabler_ID: name, Enabler_Version: version },
      Timestamp: String(timestampMs),
    }));
    return { path: '/beat', json: original, acceptedStatus: 200 };
  }
  const native = heartbeats.map(({ timestampMs, intervalSeconds, isStopping, ...identity }) => ({
    ...{ ...identity, timestamp: timestampMs, interval: intervalSeconds },
    ...(isStopping ? { status: 'stopping' } : {}),
  }));
  const json = protocol === 'batch' ? native : native[0];
  return { path: '/api/v1/heartbeats', json, acceptedStatus: 202 };
}
