import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { CliFailure, exitCodes } from '../failure.ts';
import { withoutAnswer } from './words.ts';

/** Where the service is, and how to be let in. */
export type Target = {
  readonly url: string;
  readonly token?: string | undefined;
  /** A file with certificates (PEM) to trust instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** Files with a certificate (PEM) and its key, for a service that knows its callers by theirs. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** For an answer to begin, and between two parts of it. */
  readonly timeout: number;
};

export type Request = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Seconds in place of the `timeout` of the target. */
  readonly patience?: number;
};

/** Whatever was answered; its body is still on its way. */
export type Answer = {
  readonly status: number;
  /** Its media type, without parameters. */
  readonly type: string;
  readonly body: AsyncIterable<Buffer>;
};

/** Sends a request; throws a `CliFailure` when there is no answer. Redirects are not followed. */
export type Connection = {
  readonly target: Target;
  send(request: Request): Promise<Answer>;
};

export function connectTo(target: Target): Connection {
  const base = baseOf(target.url);
  const token = tokenOf(target);
  const { request: open } = base.protocol === 'https:' ? https : http;
  const tls = Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((option) => {
      const file = target[option];
      return file === undefined ? [] : [[option, readPem(option, file)]];
    }),
  );

  return {
    target,
    send: ({ method = 'GET', path, query = {}, headers = {}, body, patience }) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const request = open(addressOf(base, path, query), {
          method,
          ...tls,
          timeout: Math.max(patience ?? 0, target.timeout) * 1_000,
          headers: {
            'user-agent': 'ge-heartbeat-cli',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(text === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
        });
        request.once('timeout', () => request.destroy(new Error('timeout')));
        request.once('error', (error) => reject(withoutAnswer(error, target)));
        request.once('response', (response) =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type']?.split(';', 1)[0] ?? '',
            body: bodyOf(response, target),
          }),
        );
        request.end(text);
      }),
  };
}

async function* bodyOf(response: http.IncomingMessage, target: Target): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield Buffer.from(chunk);
  } catch (error) {
    throw withoutAnswer(Error.isError(error) ? error : new Error(String(error)), target);
  }
}

function baseOf(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base && /^https?:$/.test(base.protocol) && !base.username) return base;
  throw new CliFailure(
    exitCodes.usage,
    `--url: ${url} is not the address of a service.`,
    'Expected one such as http://127.0.0.1:8080, without a user.',
  );
}

/** Files with a token often end in a line end. */
function tokenOf({ token }: Target): string | undefined {
  const text = token?.trim();
  if (text === undefined || /^[\x21-\x7e]+$/.test(text)) return text;
  throw new CliFailure(
    exitCodes.usage,
    'What --token or HEARTBEAT_TOKEN holds is no token: expected hb_<id>_<secret>.',
  );
}

/** Below the path of the service, which a proxy may have given it. */
function addressOf(base: URL, path: string, query: NonNullable<Request['query']>): URL {
  const address = new URL(base.pathname.replace(/\/$/, '') + path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  return address;
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    throw new CliFailure(exitCodes.usage, `--${option}: ${reason}.`);
  }
}
