import { createHash } from 'node:crypto';
import type { Context } from 'koa';

/** Bytes that stay the same as long as the service runs. */
export type Asset = { readonly type: string; readonly bytes: Buffer; readonly etag: string };

export const asset = (type: string, content: string | Buffer): Asset => {
  const bytes = Buffer.from(content);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 27);
  return { type, bytes, etag: `"${hash}"` };
};

/** Sends it, or says that the caller's copy is still right. */
export function sendAsset(context: Context, { type, bytes, etag }: Asset): void {
  context.set({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = type;
  context.body = bytes;
}
