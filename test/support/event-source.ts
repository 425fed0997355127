import { once } from 'node:events';
import http from 'node:http';
import { afterEach } from '@jest/globals';
import { createParser } from 'eventsource-parser';

/** A server-sent event as a client receives it. */
export type SentEvent = { readonly id: string; readonly type: string; readonly data: string };

/** A client of server-sent events. */
export type EventSource = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly events: readonly SentEvent[];
  /** Undefined before the first frame. */
  lastEventId(): string | undefined;
  /** Number of frames with an id so far, with data or without. */
  frames(): number;
  /** Resolves when the condition holds; rejects if the stream ends first, or after 20 s. */
  until(condition: () => boolean): Promise<void>;
  /** Stops reading from the network until `resume`. */
  pause(): void;
  resume(): void;
  disconnect(): void;
  /** Resolves with whether the response is complete. */
  readonly ended: Promise<boolean>;
};

/** Shorter than the time limit of a test. */
const timeoutMs = 20_000;

const open = new Set<http.ClientRequest>();

afterEach(() => {
  for (const request of open) request.destroy();
});

export async function listenTo(
  port: number,
  path: string,
  lastEventId?: string | undefined,
  others: Readonly<Record<string, string>> = {},
): Promise<EventSource> {
  const position = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const headers = { ...position, ...others };
  const request = http.get({ port, host: '127.0.0.1', path, headers, agent: false });
  open.add(request);
  request.once('close', () => open.delete(request));
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no response');

  const events: SentEvent[] = [];
  const wakers = new Set<() => void>();
  let lastId: string | undefined;
  let frames = 0;
  let isOver = false;
  let isDisconnected = false;
  const parser = createParser({
    onId(id) {
      frames += 1;
      lastId = id;
    },
    onEvent: ({ id, event = 'message', data }) => events.push({ id: id ?? '', type: event, data }),
  });
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    if (isDisconnected) return;
    parser.feed(chunk);
    for (const wake of wakers) wake();
  });
  response.on('error', () => undefined);
  request.on('error', () => undefined);
  const ended = new Promise<boolean>((resolve) => {
    response.once('close', () => {
      isOver = true;
      for (const wake of wakers) wake();
      resolve(response.complete);
    });
  });

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    ended,
    lastEventId: () => lastId,
    frames: () => frames,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => {
          clearTimeout(timer);
          wakers.delete(check);
          if (error) reject(error);
          else resolve();
        };
        const check = () => {
          if (condition()) end();
          else if (isOver) end(new Error(`the stream ended before: ${condition}`));
        };
        const timer = setTimeout(
          () => end(new Error(`not within ${timeoutMs} ms: ${condition}`)),
          timeoutMs,
        );
        wakers.add(check);
        check();
      }),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    disconnect() {
      isDisconnected = true;
      request.destroy();
    },
  };
}
