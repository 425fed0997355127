import { z } from 'zod';
import type { Answer } from './answer.ts';
import { connect } from './connection.ts';
import { type Request, renderRequest, sizeOf } from './fleet.ts';
import type { LoadPlan } from './load-plan.ts';

/** A connection with its own rendered requests, which it sends in turn, one at a time. */
export type RawRoute = {
  /** Sends the next request; its latency counts from `sinceMs`. */
  send(sinceMs: number): void;
  close(): void;
};

export type LaneEvents = {
  /** Fills in the timestamps just before a request leaves. */
  readonly stamp: (request: Request) => void;
  readonly answered: (rawRoute: RawRoute, status: number, latencyMs: number) => void;
  /** An answer that is not what every answer must be, or a broken connection. */
  readonly failed: (reason: string) => void;
};

export async function openLane(
  plan: LoadPlan,
  index: number,
  events: LaneEvents,
): Promise<RawRoute> {
  const requests = requestsOf(plan, index);
  let turn = 0;
  let sentSinceMs = 0;
  let firstBody: string | undefined;

  const hear = (answer: Answer) => {
    const latencyMs = performance.now() - sentSinceMs;
    const fault =
      firstBody === undefined || answer.body.length !== firstBody.length || answer.status > 299
        ? faultOf(answer, plan.batch)
        : undefined;
    firstBody = answer.body;
    events.answered(rawRoute, answer.status, latencyMs);
    if (fault !== undefined) events.failed(fault);
  };
  const connection = await connect(plan.port, hear, (error) => events.failed(error.message));

  const rawRoute: RawRoute = {
    send(sinceMs) {
      const request = requests[turn++ % requests.length];
      if (!request) throw new Error('a rawRoute without requests');
      sentSinceMs = sinceMs;
      events.stamp(request);
      connection.send(request.bytes);
    },
    close: connection.close,
  };
  return rawRoute;
}

/** As many requests as it takes for all rawRoutes together to speak for the whole fleet. */
function requestsOf({ path, token, form, batch, connections }: LoadPlan, index: number): Request[] {
  const size = sizeOf(form);
  const amount = Math.ceil(size / (connections * batch));
  return Array.from({ length: amount }, (_, turn) =>
    renderRequest(path, form, batch, ((index * amount + turn) * batch) % size, token),
  );
}

const receipt = z.object({ accepted: z.number() });

/** What is wrong with an answer: everything but a 2xx, and a receipt for less than was sent. */
function faultOf({ status, body }: Answer, batch: number): string | undefined {
  if (status < 200 || status > 299) return `answered ${status}: ${body.slice(0, 300)}`;
  if (body === '') return undefined;
  const parsed = receipt.safeParse(JSON.parse(body));
  if (parsed.success && parsed.data.accepted === batch) return undefined;
  return `a receipt for other than ${batch} heartbeats: ${body.slice(0, 300)}`;
}
