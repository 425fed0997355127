import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { portOf } from './peer.ts';

const bulkSchema = z.strictObject({
  ComponentIDs: z.array(z.string()).min(1),
  State: z.string(),
  Flag: z.string(),
  ExtendedInfo: z.strictObject({ ID: z.literal(''), Message: z.string(), Flag: z.literal('') }),
});
export type BulkPatch = z.infer<typeof bulkSchema>;

/** Its state at the moment. `not-ready`: it reports that, and accepts nothing. */
export type HsmMood = 'well' | 'failing' | 'not-ready';

/** A State Manager that takes states of components; on a port of 127.0.0.1, and the same again. */
export type FakeHsm = {
  readonly url: string;
  /** The accepted requests. */
  readonly patches: readonly BulkPatch[];
  /** Header fields of the requests that brought them. */
  readonly headers: readonly http.IncomingHttpHeaders[];
  /** All requests, accepted or not, as `GET /service/ready`. */
  readonly asked: readonly string[];
  /** What was said of a component, as `Ready/OK Heartbeat started`. */
  told(component: string): string[];
  be(mood: HsmMood): void;
  /** Lets so much time go by before each answer. */
  slowDown(ms: number): void;
  /** Names that make it refuse whatever they come with. */
  refuse(component: string): void;
  answerWith(status: number): void;
  /** Closes the port. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
};

const root = '/hsm/v2';

export async function startFakeHsm(
  options: { isAway?: boolean; tls?: { key: string; cert: string } } = {},
): Promise<FakeHsm> {
  const patches: BulkPatch[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const asked: string[] = [];
  const refused = new Set<string>();
  let mood: HsmMood = 'well';
  let status = 204;
  let delayMs = 0;

  function take(body: string, given: http.IncomingHttpHeaders): number {
    if (mood !== 'well') return 500;
    const bulk = bulkSchema.parse(JSON.parse(body));
    if (bulk.ComponentIDs.some((id) => refused.has(id))) return 400;
    if (status < 300) {
      patches.push(bulk);
      headers.push(given);
    }
    return status;
  }

  async function serve(request: http.IncomingMessage, response: http.ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const what = `${request.method} ${request.url?.replace(root, '')}`;
    asked.push(what);
    await delay(delayMs);
    if (what === 'GET /service/ready') {
      response
        .writeHead(mood === 'not-ready' ? 503 : 200)
        .end('{"code":0,"message":"HSM is healthy"}');
    } else if (what === 'PATCH /State/Components/BulkStateData') {
      response.writeHead(take(Buffer.concat(chunks).toString(), request.headers)).end();
    } else {
      response.writeHead(404).end();
    }
  }

  let server: http.Server | https.Server | undefined;
  async function listen(port: number): Promise<number> {
    const answer: http.RequestListener = (request, response) => {
      serve(request, response).catch(() => response.destroy());
    };
    const { tls } = options;
    const fresh = tls ? https.createServer(tls, answer) : http.createServer(answer);
    server = fresh.listen(port, '127.0.0.1');
    await once(fresh, 'listening');
    return portOf(fresh);
  }
  const port = await listen(0);

  const hsm: FakeHsm = {
    url: `http${options.tls ? 's' : ''}://127.0.0.1:${port}${root}`,
    patches,
    headers,
    asked,
    told: (component) =>
      patches
        .filter(({ ComponentIDs }) => ComponentIDs.includes(component))
        .map(({ State, Flag, ExtendedInfo }) => `${State}/${Flag} ${ExtendedInfo.Message}`),
    be(to) {
      mood = to;
    },
    slowDown(ms) {
      delayMs = ms;
    },
    refuse: (component) => void refused.add(component),
    answerWith(to) {
      status = to;
    },
    async goAway() {
      const gone = server;
      server = undefined;
      if (!gone) return;
      gone.closeAllConnections();
      gone.close();
      await once(gone, 'close');
    },
    async comeBack() {
      if (!server) await listen(port);
    },
    stop: () => hsm.goAway(),
  };
  if (options.isAway) await hsm.goAway();
  return hsm;
}
