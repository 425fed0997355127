import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Problem } from '../contract/problem.ts';

/** A request's body, whole and decompressed, or why there is none. */
export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'problem'; readonly problem: Problem };

const empty = Buffer.alloc(0);

/**
 * Reads at most `maxBytes`, counted both as they arrive and as they unpack, and calls `done` once;
 * never, if the sender goes away before the end. A callback, for this is done for each heartbeat.
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

function collect(request: IncomingMessage, maxBytes: number, done: (body: Body) => void): void {
  let first: Buffer = empty;
  let more: Buffer[] | undefined;
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    const before = length;
    length += chunk.length;
    if (length > maxBytes) {
      more = undefined;
      first = empty;
      if (before <= maxBytes) done(tooLarge(maxBytes));
    } else if (before === 0) {
      first = chunk;
    } else {
      more ??= [first];
      more.push(chunk);
    }
  });
  request.on('end', () => {
    if (length > maxBytes) return;
    done({ kind: 'body', bytes: more ? Buffer.concat(more, length) : first });
  });
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

async function decompress(bytes: Buffer, encoding: string, maxBytes: number): Promise<Body> {
  const options = { maxOutputLength: maxBytes };
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return { kind: 'body', bytes: await gunzip(bytes, options) };
      case 'deflate':
        return { kind: 'body', bytes: await unpackDeflate(bytes, options) };
      default:
        return {
          kind: 'problem',
          problem: {
            code: 'unsupported-encoding',
            detail: 'Content-Encoding: expected gzip, deflate or none.',
          },
        };
    }
  } catch (error) {
    const detail = Error.isError(error) ? error.message : String(error);
    if (Error.isError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      return tooLarge(maxBytes);
    }
    return {
      kind: 'problem',
      problem: { code: 'malformed-body', detail: `The body is not valid ${encoding}: ${detail}.` },
    };
  }
}

/** RFC 9110 means zlib by `deflate`; some senders mean the bare stream. The first byte tells. */
function unpackDeflate(bytes: Buffer, options: zlib.ZlibOptions): Promise<Buffer> {
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8;
  return isZlib ? inflate(bytes, options) : inflateRaw(bytes, options);
}

const tooLarge = (maxBytes: number): Body => ({
  kind: 'problem',
  problem: {
    code: 'body-too-large',
    detail: `The body is larger than ${maxBytes} bytes (http.maxBodyBytes); send fewer heartbeats at once.`,
  },
});
