import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { defined } from '../../contract/defined.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { connectionFailure } from './failures.ts';
import type {
  ConnectionOptions,
  RequestQuery,
  ServiceRequest,
  ServiceResponse,
} from './request.ts';

/** Sends a request; throws a `CliFailure` if there is no response. Does not follow redirects. */
type SendRequest = (request: ServiceRequest) => Promise<ServiceResponse>;

export function connectTo(options: ConnectionOptions): SendRequest {
  const base = parseBase(options.url);
  const token = checkToken(options.token);
  const { request: open } = base.protocol === 'https:' ? https : http;
  const { ca, cert, key } = options;
  const tls = defined({
    ca: readPem('ca', ca),
    cert: readPem('cert', cert),
    key: readPem('key', key),
  });

  return ({ method = 'GET', path, query = {}, headers, body, timeoutSeconds = 0 }) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const timeout = Math.max(timeoutSeconds, options.timeout);
      const fail = (error: Error) => connectionFailure(error, { ...options, timeout });
      const request = open(resolveAddress(base, path, query), {
        method,
        ...tls,
        timeout: timeout * 1_000,
        headers: defined({
          'user-agent': 'ge-heartbeat-cli',
          authorization: token && `Bearer ${token}`,
          'content-type': text && 'application/json',
          ...headers,
        }),
      });
      request.once('timeout', () => request.destroy(new Error('timeout')));
      request.once('error', (error) => reject(fail(error)));
      request.once('response', (response) =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type']?.split(';', 1)[0] ?? '',
          body: readBody(response, fail),
        }),
      );
      request.end(text);
    });
}

async function* readBody(
  response: http.IncomingMessage,
  fail: (error: Error) => CliFailure,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield Buffer.from(chunk);
  } catch (error) {
    throw fail(Error.isError(error) ? error : new Error(String(error)));
  }
}

function parseBase(url: string): URL {
  const base = URL.parse(url);
  if (base && /^https?:$/.test(base.protocol) && !base.username) return base;
  throw new CliFailure(
    exitCodes.usage,
    `--url: ${url} is not the address of a service.`,
    'Expected one such as http://127.0.0.1:8080, without a user.',
  );
}

/** The token without the line end that a file often has. */
function checkToken(token: string | undefined): string | undefined {
  const text = token?.trim();
  if (text === undefined || /^[\x21-\x7e]+$/.test(text)) return text;
  throw new CliFailure(
    exitCodes.usage,
    'What --token or HEARTBEAT_TOKEN holds is no token: expected hb_<id>_<secret>.',
  );
}

/** Address below the path of the service, which a proxy may add. */
function resolveAddress(base: URL, path: string, query: RequestQuery): URL {
  const address = new URL(base.pathname.replace(/\/$/, '') + path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  return address;
}

function readPem(option: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    throw new CliFailure(exitCodes.usage, `--${option}: ${reason}.`);
  }
}
