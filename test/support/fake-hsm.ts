import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { portOf } from './test-server.ts';

const bulkSchema = z.strictObject({
  ComponentIDs: z.array(z.string()).min(1),
  State: z.string(),
  Flag: z.string(),
  ExtendedInfo: z.strictObject({ ID: z.literal(''), Message: z.string(), Flag: z.literal('') }),
});
export type BulkPatch = z.infer<typeof bulkSchema>;

/** Its state at the moment. `not-ready`: it reports that, and accepts nothing. */
export type HsmState = 'ready' | 'failing' | 'not-ready';

/** A State Manager that receives states of components, always on the same port of 127.0.0.1. */
export type FakeHsm = {
  readonly url: string;
  /** The accepted requests. */
  readonly patches: readonly BulkPatch[];
  /** Header fields of the accepted patches. */
  readonly headers: readonly http.IncomingHttpHeaders[];
  /** All requests, accepted or not, as `GET /service/ready`. */
  readonly requests: string[];
  /** The accepted messages about a component, as `Ready/OK Heartbeat started`. */
  messagesAbout(component: string): string[];
  setState(state: HsmState): void;
  /** Sets the readiness that it reports, whatever it accepts. */
  setReady(isReady: boolean): void;
  /** Sets the delay before each response, or before each response to a patch. */
  slowDown(ms: number, to?: 'patches'): void;
  /** Rejects every patch with this component. */
  refuse(component: string): void;
  /** Accepts it again. */
  accept(component: string): void;
  /** Fails for patches with this message; undefined for none. */
  fail(message: string | undefined): void;
  answerWith(status: number): void;
  /** Closes the port, and opens it again. */
  close(): Promise<void>;
  listen(): Promise<void>;
  stop(): Promise<void>;
};

const root = '/hsm/v2';
/** Statuses that count as success, as for hbtd. */
const accepted: ReadonlySet<number> = new Set([200, 202, 204]);

const isPatch = ({ method }: http.IncomingMessage) => method === 'PATCH';

export async function startFakeHsm(
  options: { isClosed?: boolean; tls?: { key: string; cert: string } } = {},
): Promise<FakeHsm> {
  const patches: BulkPatch[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const requests: string[] = [];
  const refused = new Set<string>();
  let state: HsmState = 'ready';
  let status = 204;
  let isReady = true;
  let delayMs = 0;
  let delaysAll = true;
  let failing: string | undefined;

  function take(body: string, given: http.IncomingHttpHeaders): number {
    if (state !== 'ready') return 500;
    const bulk = bulkSchema.parse(JSON.parse(body));
    if (bulk.ExtendedInfo.Message === failing) return 500;
    if (bulk.ComponentIDs.some((id) => refused.has(id))) return 400;
    if (accepted.has(status)) {
      patches.push(bulk);
      headers.push(given);
    }
    return status;
  }

  async function serve(request: http.IncomingMessage, response: http.ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const what = `${request.method} ${request.url?.replace(root, '')}`;
    requests.push(what);
    await delay(isPatch(request) || delaysAll ? delayMs : 0);
    if (what === 'GET /service/ready') {
      response
        .writeHead(state === 'not-ready' || !isReady ? 503 : 200)
        .end('{"code":0,"message":"HSM is healthy"}');
    } else if (what === 'PATCH /State/Components/BulkStateData') {
      response.writeHead(take(Buffer.concat(chunks).toString(), request.headers)).end();
    } else {
      response.writeHead(404).end();
    }
  }

  let server: http.Server | https.Server | undefined;
  async function listenOn(port: number): Promise<number> {
    const answer: http.RequestListener = (request, response) => {
      serve(request, response).catch(() => response.destroy());
    };
    const { tls } = options;
    const fresh = tls ? https.createServer(tls, answer) : http.createServer(answer);
    server = fresh.listen(port, '127.0.0.1');
    await once(fresh, 'listening');
    return portOf(fresh);
  }
  const port = await listenOn(0);

  const hsm: FakeHsm = {
    url: `http${options.tls ? 's' : ''}://127.0.0.1:${port}${root}`,
    patches,
    headers,
    requests,
    messagesAbout: (component) =>
      patches
        .filter(({ ComponentIDs }) => ComponentIDs.includes(component))
        .map(({ State, Flag, ExtendedInfo }) => `${State}/${Flag} ${ExtendedInfo.Message}`),
    setState(to) {
      state = to;
    },
    setReady(to) {
      isReady = to;
    },
    slowDown(ms, to) {
      delayMs = ms;
      delaysAll = to === undefined;
    },
    refuse: (component) => void refused.add(component),
    accept: (component) => void refused.delete(component),
    fail(message) {
      failing = message;
    },
    answerWith(to) {
      status = to;
    },
    async close() {
      const gone = server;
      server = undefined;
      if (!gone) return;
      gone.closeAllConnections();
      gone.close();
      await once(gone, 'close');
    },
    async listen() {
      if (!server) await listenOn(port);
    },
    stop: () => hsm.close(),
  };
  if (options.isClosed) await hsm.close();
  return hsm;
}
