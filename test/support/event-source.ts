import { once } from 'node:events';
import http from 'node:http';
import { afterEach } from '@jest/globals';

/** A server-sent event as it is dispatched to a listener. */
export type SentEvent = { readonly id: string; readonly type: string; readonly data: string };

/**
 * A reader of server-sent events that follows the HTML standard for browsers: a frame counts when
 * its empty line has arrived, and a frame without data only moves the position.
 */
export type EventSource = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly events: readonly SentEvent[];
  /** The position; undefined before the first frame. */
  lastEventId(): string | undefined;
  /** Frames so far, with data or without. */
  frames(): number;
  /** Resolves when the condition holds; rejects when the stream ends or 20 s pass before. */
  until(condition: () => boolean): Promise<void>;
  /** Stops and resumes reading from the network. */
  pause(): void;
  resume(): void;
  disconnect(): void;
  /** Resolves when the connection ends, with whether the response was complete. */
  readonly ended: Promise<boolean>;
};

/** A lost event fails the test before jest's own time limit. */
const timeLimitMs = 20_000;

const open = new Set<http.ClientRequest>();

afterEach(() => {
  for (const request of open) request.destroy();
});

export async function listenTo(
  port: number,
  path: string,
  lastEventId?: string | undefined,
): Promise<EventSource> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const request = http.get({ port, host: '127.0.0.1', path, headers, agent: false });
  open.add(request);
  request.once('close', () => open.delete(request));
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no answer');

  const events: SentEvent[] = [];
  const wakers = new Set<() => void>();
  let rest = '';
  let position: string | undefined;
  let frames = 0;
  let isOver = false;
  let isDisconnected = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    if (isDisconnected) return;
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const fields = readFrame(part);
      frames += 1;
      position = fields.id ?? position;
      const { data, event: type = 'message' } = fields;
      if (data !== undefined) events.push({ id: position ?? '', type, data });
    }
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
    lastEventId: () => position,
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
          () => end(new Error(`not within ${timeLimitMs} ms: ${condition}`)),
          timeLimitMs,
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

function readFrame(text: string): { id?: string; event?: string; data?: string } {
  const fields = text
    .split('\n')
    .filter((line) => !line.startsWith(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  return Object.fromEntries(fields);
}
