import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Result of the check of a message's signature. */
export type Verdict = 'signed' | 'unsigned' | 'not checked' | 'too old' | 'bad signature';

/** Age after which a message is rejected, because it may be a recorded one that is sent again. */
const toleranceSeconds = 300;

/**
 * Checks a message as Standard Webhooks specifies: one of the signatures in the header, made with one
 * of the secrets, has to be valid. Written from the specification, without code of the service.
 */
export function checkSignature(
  secrets: readonly string[],
  headers: IncomingHttpHeaders,
  body: Buffer,
  nowMs: number,
): Verdict {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof signatures !== 'string') return 'unsigned';
  if (secrets.length === 0) return 'not checked';
  if (typeof id !== 'string' || typeof timestamp !== 'string') return 'bad signature';
  const isKnown = secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return signatures.split(' ').some((one) => isSame(one, mac));
  });
  if (!isKnown) return 'bad signature';
  return Math.abs(nowMs / 1_000 - Number(timestamp)) <= toleranceSeconds ? 'signed' : 'too old';
}

function isSame(signature: string, mac: Buffer): boolean {
  const [version, text = ''] = signature.split(',', 2);
  const given = Buffer.from(text, 'base64');
  return version === 'v1' && given.length === mac.length && timingSafeEqual(given, mac);
}
