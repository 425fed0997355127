import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { portOf } from './test-server.ts';

/** A forward proxy on a free port of 127.0.0.1, for which every name is 127.0.0.1. */
export async function startProxy() {
  const requests: { readonly line: string; readonly authorization: string | undefined }[] = [];
  const note = (line: string, headers: http.IncomingHttpHeaders) =>
    requests.push({ line, authorization: headers['proxy-authorization'] });
  const server = http.createServer((request, response) => {
    note(`${request.method} ${request.url}`, request.headers);
    const { port, pathname } = new URL(request.url ?? '');
    const options = { host: '127.0.0.1', port, path: pathname, method: request.method };
    const forwarded = http.request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  server.on('connect', (request, client, head) => {
    note(`CONNECT ${request.url}`, request.headers);
    const target = net.connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    for (const socket of [target, client]) socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${portOf(server)}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
