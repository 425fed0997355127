import { createHmac } from 'node:crypto';
import type { Secret } from '../../contract/values/secret.ts';

/**
 * Signs a message according to Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over id,
 * timestamp and body. The header has a signature for each of the keys, so a recipient needs only one
 * of them: keys can be replaced without an interruption.
 *
 * The timestamp is the time of the attempt in seconds: recipients reject old messages, and so
 * recorded ones that are sent again.
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
