import { setTimeout as delay } from 'node:timers/promises';
import { type CloudEvent, cloudEventSchema } from '../../service/contract/cloud-event.ts';
import { parseEvents } from './parse.ts';

const againAfterMs = 500;

/**
 * Follows the service's events from a time on until it is stopped. A stream that is cut off is
 * taken up again behind the last event, so each is told once.
 */
export function followEvents(
  serviceUrl: string,
  sinceMs: number,
  onEvent: (event: CloudEvent) => void,
  onTrouble: (reason: string) => void,
): { stop(): Promise<void> } {
  const life = new AbortController();
  const { signal } = life;
  const url = `${serviceUrl}/api/v1/events/stream?from=${new Date(sinceMs).toISOString()}`;
  let lastEventId = '';
  let isInTrouble = false;

  const readOn = async () => {
    const headers = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
    const answer = await fetch(url, { headers, signal });
    if (answer.status !== 200 || !answer.body) throw new Error(`the answer is ${answer.status}`);
    isInTrouble = false;
    let rest = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const parsed = parseEvents(rest + chunk, lastEventId);
      ({ rest } = parsed);
      for (const { data } of parsed.events) onEvent(cloudEventSchema.parse(JSON.parse(data)));
      ({ lastEventId } = parsed);
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      await readOn().catch((error: unknown) => {
        if (!isInTrouble && !signal.aborted) onTrouble(String(error));
        isInTrouble = true;
      });
      await delay(againAfterMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const over = run();
  return {
    stop() {
      life.abort();
      return over;
    },
  };
}
