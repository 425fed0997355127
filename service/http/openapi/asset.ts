import { createHash } from 'node:crypto';
import type { Context } from 'koa';

/** Bytes that do not change while the service runs. */
export type Asset = { readonly type: string; readonly bytes: Buffer; readonly etag: string };

export const asset = (type: string, content: string | Buffer): Asset => {
  const bytes = Buffer.from(content);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 27);
  return { type, bytes, etag: `"${hash}"` };
};

/** Responds with the asset, or with 304 if the client's copy is current. */
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
