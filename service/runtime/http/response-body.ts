import type { Readable } from 'node:stream';

/** How much of a body is read, and for how long. */
export type BodyBounds = { readonly maxBytes: number; readonly maxMs?: number };

export type ReadBody = {
  /** What arrived within the bounds. */
  readonly bytes: Buffer;
  /** Why it is not the whole body; undefined if it is. */
  readonly fault: { readonly kind: 'too-long' | 'too-slow' } | BrokenBody | undefined;
};

type BrokenBody = { readonly kind: 'broken'; readonly error: unknown };

const nothing = (error: unknown): ReadBody => ({
  bytes: Buffer.alloc(0),
  fault: { kind: 'broken', error },
});

/** Reads a body within bounds. Beyond them the stream is destroyed, and so is its connection. */
export function readBody(stream: Readable, { maxBytes, maxMs }: BodyBounds): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (fault?: ReadBody['fault']) => {
      clearTimeout(timer);
      if (fault) stream.destroy();
      resolve({ bytes: Buffer.concat(chunks), fault });
    };
    if (stream.destroyed) return resolve(nothing(stream.errored));
    const timer =
      maxMs === undefined ? undefined : setTimeout(() => end({ kind: 'too-slow' }), maxMs);
    stream.on('error', (error) => end({ kind: 'broken', error }));
    stream.on('end', () => end());
    stream.on('data', (chunk: Buffer) => {
      const room = maxBytes - length;
      chunks.push(chunk.subarray(0, room));
      length += chunk.length;
      if (chunk.length > room) end({ kind: 'too-long' });
    });
  });
}
