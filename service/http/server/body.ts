import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Problem } from '../../contract/problem.ts';
import { limitConcurrency } from '../../runtime/concurrency/limit-concurrency.ts';
import { PendingBodies, type PendingBody } from './limits/pending-bodies.ts';

/** The whole, decompressed body of a request, or why there is none. */
export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'problem'; readonly problem: Problem };

const empty = Buffer.alloc(0);

/**
 * Reads at most `maxBytes`, counted as they arrive and as they decompress, and calls `done` once;
 * never, if the sender disconnects before the end. It takes a callback because it runs for each
 * heartbeat.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Body) => void,
): void {
  const { headers } = request;
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    done(tooLarge(maxBytes));
  } else if (!encoding || encoding === 'identity') {
    collect(request, maxBytes, done);
  } else {
    collect(request, maxBytes, (raw) => {
      if (raw.kind === 'body') void decompress(raw.bytes, encoding, maxBytes).then(done);
      else done(raw);
    });
  }
}

/** Of all servers of the process, because they share its memory. */
const pendingBodies = new PendingBodies();

function collect(request: IncomingMessage, maxBytes: number, done: (body: Body) => void): void {
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  let first: Buffer = empty;
  let more: Buffer[] | undefined;
  let length = 0;
  let pending: PendingBody | undefined;
  let isOver = false;

  /** Drops the body, and responds instead. */
  function refuse(refusal: Body): void {
    isOver = true;
    more = undefined;
    first = empty;
    pending?.end();
    done(refusal);
  }
  const begin = () => pendingBodies.begin(maxBytes, () => refuse(tooSlow));

  request.on('data', (chunk: Buffer) => {
    if (isOver) return;
    const before = length;
    length += chunk.length;
    if (length > maxBytes) return refuse(tooLarge(maxBytes));
    if (before === 0) {
      first = chunk;
    } else {
      more ??= [first];
      more.push(chunk);
    }
    // Most bodies arrive whole, and need no account.
    if (length === declared) return;
    if (pending === undefined) {
      pending = begin();
      request.once('close', pending.end);
    }
    pending.add(chunk.length);
  });
  request.on('end', () => {
    if (isOver) return;
    isOver = true;
    pending?.end();
    done({ kind: 'body', bytes: more ? Buffer.concat(more, length) : first });
  });
}

type Decompress = (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>;
const gunzip: Decompress = promisify(zlib.gunzip);
const inflate: Decompress = promisify(zlib.inflate);
const inflateRaw: Decompress = promisify(zlib.inflateRaw);

/** RFC 9110 means zlib by `deflate`; some senders mean the raw stream. The first byte decides. */
const deflate: Decompress = (bytes, options) =>
  ((bytes[0] ?? 0) & 0x0f) === 8 ? inflate(bytes, options) : inflateRaw(bytes, options);

/** Each decompression in progress has buffers of its own. */
const atMostEight = limitConcurrency(8);

const encodings: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', deflate],
]);

async function decompress(bytes: Buffer, encoding: string, maxBytes: number): Promise<Body> {
  const decompressed = encodings.get(encoding);
  if (decompressed === undefined) {
    return problem('unsupported-encoding', 'Content-Encoding: expected gzip, deflate or none.');
  }
  try {
    return {
      kind: 'body',
      bytes: await atMostEight(() => decompressed(bytes, { maxOutputLength: maxBytes })),
    };
  } catch (error) {
    const detail = Error.isError(error) ? error.message : String(error);
    if (Error.isError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      return tooLarge(maxBytes);
    }
    return problem('malformed-body', `The body is not valid ${encoding}: ${detail}.`);
  }
}

const problem = (code: Problem['code'], detail: string): Body => ({
  kind: 'problem',
  problem: { code, detail },
});

const tooLarge = (maxBytes: number): Body =>
  problem(
    'body-too-large',
    `The body is larger than ${maxBytes} bytes (http.maxBodyBytes); send fewer heartbeats at once.`,
  );

const tooSlow = problem(
  'request-timeout',
  'Too many bodies are arriving, and this one was the slowest; send it again later.',
);
