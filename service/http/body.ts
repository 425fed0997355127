import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Problem } from '../contract/problem.ts';

/** A request's body, whole and decompressed, or why there is none. */
export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** The sender went away; there is no one to answer. */
  | { readonly kind: 'gone' };

const empty = Buffer.alloc(0);

/** Reads at most `maxBytes`, counted both as they arrive and as they unpack. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(maxBytes);
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  const raw = await collect(request, maxBytes);
  if (raw.kind !== 'body' || !encoding || encoding === 'identity') return raw;
  return decompress(raw.bytes, encoding, maxBytes);
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Body> {
  return new Promise((resolve) => {
    let first: Buffer = empty;
    let more: Buffer[] | undefined;
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        more = undefined;
        first = empty;
        resolve(tooLarge(maxBytes));
      } else if (first === empty) {
        first = chunk;
      } else {
        more ??= [first];
        more.push(chunk);
      }
    });
    request.on('end', () => {
      resolve({ kind: 'body', bytes: more ? Buffer.concat(more, length) : first });
    });
    request.on('close', () => resolve({ kind: 'gone' }));
    request.on('error', () => resolve({ kind: 'gone' }));
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
