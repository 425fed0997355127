import { createHmac } from 'node:crypto';
import type { Secret } from '../../contract/values/secret.ts';

/**
 * Signs a message as Standard Webhooks 1.0 says (standardwebhooks.com): HMAC-SHA256 over id,
 * timestamp and body. The header holds a signature for each of the keys, so that a receiver who
 * knows one of them is content: that is how a key is replaced while messages go on.
 *
 * The timestamp is that of the attempt, in seconds: a receiver refuses what is too old, and so what
 * somebody recorded and plays again.
 */
export function signatureHeaders(
  keys: readonly Secret[],
  message: { readonly id: string; readonly atMs: number; readonly body: string },
): Record<string, string> {
  const { id, atMs, body } = message;
  const timestamp = Math.floor(atMs / 1_000);
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp) };
  if (keys.length === 0) return headers;
  const content = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => `v1,${sign(key, content)}`);
  return { ...headers, 'webhook-signature': signatures.join(' ') };
}

function sign(key: Secret, content: string): string {
  const bytes = Buffer.from(key.reveal().replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', bytes).update(content).digest('base64');
}
