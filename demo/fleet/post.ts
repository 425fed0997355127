import { z } from 'zod';
import type { Beat } from './beat.ts';
import type { Protocol } from './components.ts';

/** What became of a request, as its sender knows it. */
export type Answer =
  | { readonly kind: 'accepted'; readonly beats: readonly Beat[] }
  | { readonly kind: 'refused'; readonly detail: string }
  /** Nothing came back: the heartbeats may be stored or not. */
  | { readonly kind: 'unanswered'; readonly detail: string };

const timeoutMs = 5_000;

const acceptance = z.object({
  accepted: z.number(),
  rejected: z.array(z.object({ index: z.number() })),
});

/** Posts heartbeats in one request; `beat` takes the first one alone. Never throws. */
export async function post(
  serviceUrl: string,
  protocol: Protocol,
  beats: readonly Beat[],
): Promise<Answer> {
  const { path, body, expected } = requestOf(protocol, beats);
  try {
    const answer = await fetch(`${serviceUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    if (answer.status !== expected) {
      return { kind: 'refused', detail: `${answer.status} ${text}` };
    }
    if (protocol === 'beat') return { kind: 'accepted', beats };
    const { rejected } = acceptance.parse(JSON.parse(text));
    const refused = new Set(rejected.map(({ index }) => index));
    return { kind: 'accepted', beats: beats.filter((_, index) => !refused.has(index)) };
  } catch (error) {
    return { kind: 'unanswered', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** What goes out, and the status that says that it is on disk. */
export function requestOf(protocol: Protocol, beats: readonly Beat[]) {
  const native = beats.map(({ series, timestampMs, intervalSeconds, isGoodbye }) => ({
    ...series,
    timestamp: timestampMs,
    interval: intervalSeconds,
    ...(isGoodbye ? { status: 'stopping' } : {}),
  }));
  switch (protocol) {
    case 'single':
      return { path: '/api/v1/heartbeats', body: native[0], expected: 202 };
    case 'batch':
      return { path: '/api/v1/heartbeats', body: native, expected: 202 };
    case 'beat':
      return { path: '/beat', body: inOriginalNames(beats[0]), expected: 200 };
  }
}

/** The original's protocol: strings only; it has no interval and no goodbye. */
function inOriginalNames(beat: Beat | undefined): Record<string, string> {
  if (!beat) return {};
  const { series, timestampMs } = beat;
  return {
    ID: series.instance,
    Enabler_ID: series.name,
    Enabler_Version: series.version,
    Timestamp: String(timestampMs),
  };
}
