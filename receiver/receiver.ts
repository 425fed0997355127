import { once } from 'node:events';
import http from 'node:http';
import { readMessage } from './message.ts';
import { checkSignature, type Verdict } from './signature.ts';

export type ReceiverOptions = {
  readonly host: string;
  readonly port: number;
  /** Secrets of webhooks; with any, a message without a valid signature is rejected. */
  readonly secrets: readonly string[];
  /** Number of messages to reject with 500 before the first is accepted. */
  readonly failures: number;
  readonly print: (line: string) => void;
};

export type Receiver = { readonly url: string; close(): Promise<void> };

/** Accepts messages of notifiers on every path, and prints a line for each event in them. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host, port, secrets, failures, print } = options;
  const seen = new Set<string>();
  let failed = 0;

  function receive(headers: http.IncomingHttpHeaders, body: Buffer): number {
    const verdict = checkSignature(secrets, headers, body, Date.now());
    if (secrets.length > 0 && verdict !== 'signed') {
      print(`rejected: ${verdict}`);
      return 401;
    }
    if (failed < failures) {
      failed += 1;
      print(`rejected with 500, as requested (${failed} of ${failures})`);
      return 500;
    }
    const items = readMessage(headers['content-type'] ?? '', body.toString());
    if (!items) {
      print(`unknown format: ${singleLine(body.toString())}`);
      return 400;
    }
    for (const { id, time, kind, text } of items) {
      const isAgain = id !== undefined && seen.has(id);
      if (id !== undefined) seen.add(id);
      const remarks = [remarkOf(verdict), ...(isAgain ? ['again'] : []), ...(id ? [id] : [])];
      const clock = time?.slice(11, 19) ?? '        ';
      print(`${singleLine(`${clock} ${kind.padEnd(10)} ${text}`, 400)}  (${remarks.join(', ')})`);
    }
    return 200;
  }

  const server = http.createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const isMessage = request.method === 'POST';
      const status = isMessage ? receive(request.headers, Buffer.concat(chunks)) : 405;
      response.writeHead(status, { 'content-type': 'text/plain' }).end('\n');
    } catch {
      // The sender has closed the connection.
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

/** Text of a sender on one line, without characters that control a terminal. */
const singleLine = (text: string, length = 200): string =>
  text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, length)
    .toWellFormed();
