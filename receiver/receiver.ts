import { once } from 'node:events';
import http from 'node:http';
import { readMessage } from './message.ts';
import { checkSignature, type Verdict } from './signature.ts';

export type ReceiverOptions = {
  readonly host: string;
  readonly port: number;
  /** Of webhooks; with any, a message without a good signature is refused. */
  readonly secrets: readonly string[];
  /** So many messages are answered with 500 before the first is taken. */
  readonly failures: number;
  readonly print: (line: string) => void;
};

export type Receiver = { readonly url: string; close(): Promise<void> };

/** Takes what notifiers send over HTTP, whatever the path, and prints a line for each thing in it. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host, port, secrets, failures, print } = options;
  const seen = new Set<string>();
  let failed = 0;

  function take(headers: http.IncomingHttpHeaders, body: Buffer): number {
    const verdict = checkSignature(secrets, headers, body, Date.now());
    if (secrets.length > 0 && verdict !== 'signed') {
      print(`refused: ${verdict}`);
      return 401;
    }
    if (failed < failures) {
      failed += 1;
      print(`answered 500, as told to (${failed} of ${failures})`);
      return 500;
    }
    const items = readMessage(headers['content-type'] ?? '', body.toString());
    if (!items) {
      print(`not understood: ${shown(body.toString())}`);
      return 400;
    }
    for (const { id, at, what, text } of items) {
      const isAgain = id !== undefined && seen.has(id);
      if (id !== undefined) seen.add(id);
      const remarks = [remarkOf(verdict), ...(isAgain ? ['again'] : []), ...(id ? [id] : [])];
      const time = at?.slice(11, 19) ?? '        ';
      print(`${shown(`${time} ${what.padEnd(10)} ${text}`, 400)}  (${remarks.join(', ')})`);
    }
    return 200;
  }

  const server = http.createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const isMessage = request.method === 'POST';
      const status = isMessage ? take(request.headers, Buffer.concat(chunks)) : 405;
      response.writeHead(status, { 'content-type': 'text/plain' }).end('\n');
    } catch {
      // The sender hung up.
      response.destroy();
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const remarkOf = (verdict: Verdict): string =>
  verdict === 'not checked' ? 'signature not checked' : verdict;

/** On one line, whatever a sender put into it; and nothing that a terminal would act upon. */
const shown = (text: string, length = 200): string =>
  text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, length)
    .toWellFormed();
