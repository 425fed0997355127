import { z } from 'zod';
import { connect } from './connection.ts';
import type { LoadPlan } from './load-plan.ts';
import { fleetSizeOf, type HeartbeatRequest, renderRequest } from './request.ts';
import type { HttpResponse } from './response.ts';

/** A connection with rendered requests of its own, which it sends in turn, one at a time. */
export type Sender = {
  /** Sends the next request; its latency counts from `sinceMs`. */
  send(sinceMs: number): void;
  close(): void;
};

export type SenderEvents = {
  /** Fills in the timestamps just before a request is sent. */
  readonly stamp: (request: HeartbeatRequest) => void;
  readonly responded: (sender: Sender, status: number, latencyMs: number) => void;
  /** Reports an unexpected response or a broken connection. */
  readonly failed: (reason: string) => void;
};

export async function openSender(
  plan: LoadPlan,
  index: number,
  events: SenderEvents,
): Promise<Sender> {
  const requests = requestsOf(plan, index);
  let next = 0;
  let sentSinceMs = 0;
  let previousBody: string | undefined;

  const receive = (response: HttpResponse) => {
    const latencyMs = performance.now() - sentSinceMs;
    // Only a new body is parsed, since a receipt is nearly always the same as the previous one.
    const isKnownGood = response.body === previousBody && response.status < 300;
    const fault = isKnownGood ? undefined : faultOf(response, plan.batch);
    previousBody = response.body;
    events.responded(sender, response.status, latencyMs);
    if (fault !== undefined) events.failed(fault);
  };
  const connection = await connect(plan.port, receive, (error) => events.failed(error.message));

  const sender: Sender = {
    send(sinceMs) {
      const request = requests[next++ % requests.length];
      if (!request) throw new Error('a sender without requests');
      sentSinceMs = sinceMs;
      events.stamp(request);
      connection.send(request.bytes);
    },
    close: connection.close,
  };
  return sender;
}

/** As many requests as all senders together need to send heartbeats of the whole fleet. */
function requestsOf(
  { path, token, format, batch, connections }: LoadPlan,
  index: number,
): HeartbeatRequest[] {
  const size = fleetSizeOf(format);
  const amount = Math.ceil(size / (connections * batch));
  return Array.from({ length: amount }, (_, n) =>
    renderRequest({ path, format, batch, token }, ((index * amount + n) * batch) % size),
  );
}

const receipt = z.object({ accepted: z.number() });

/** Describes a status other than 2xx, or a receipt for another number of heartbeats than sent. */
function faultOf({ status, body }: HttpResponse, batch: number): string | undefined {
  if (status < 200 || status > 299) return `responded ${status}: ${body.slice(0, 300)}`;
  if (body === '') return undefined;
  const parsed = receipt.safeParse(JSON.parse(body));
  if (parsed.success && parsed.data.accepted === batch) return undefined;
  return `a receipt for other than ${batch} heartbeats: ${body.slice(0, 300)}`;
}
