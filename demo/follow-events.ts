import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { type CloudEvent, cloudEventSchema } from '../service/contract/cloud-event.ts';
import type { Print } from './output.ts';

const reconnectAfterMs = 500;

/**
 * Follows the events of the service from a time on until `signal` aborts. After an interruption,
 * which it prints once, it resumes after the last event, so each arrives once.
 */
export async function followEvents(
  serviceUrl: string,
  sinceMs: number,
  onEvent: (event: CloudEvent) => void,
  print: Print,
  signal: AbortSignal,
): Promise<void> {
  const url = `${serviceUrl}/api/v1/events/stream?from=${new Date(sinceMs).toISOString()}`;
  let lastEventId = '';
  let isInterrupted = false;
  const read = async () => {
    const headers = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
    const response = await fetch(url, { headers, signal });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    isInterrupted = false;
    const parser = createParser({
      onId: (id) => {
        lastEventId = id;
      },
      onEvent: ({ data }) => onEvent(cloudEventSchema.parse(JSON.parse(data))),
    });
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
  };
  while (!signal.aborted) {
    await read().catch((error: unknown) => {
      if (isInterrupted || signal.aborted) return;
      print('problem', `The event stream is interrupted: ${String(error)}`);
      isInterrupted = true;
    });
    await delay(reconnectAfterMs, undefined, { signal }).catch(() => {});
  }
}
