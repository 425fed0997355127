import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../service/contract/values/secret.ts';
import { signatureHeaders } from '../../../service/notify/webhook/signature.ts';
import { createWebhook } from '../../../service/notify/webhook/webhook.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { anEvent } from '../../support/events.ts';
import { describeWith, findProgram } from '../../support/programs.ts';
import { startTestServer } from '../../support/test-server.ts';
import { webhookConfig } from './fixture.ts';

const key = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;

describe('signatureHeaders', () => {
  it('signs the example of Standard Webhooks as its libraries do', () => {
    const headers = signatureHeaders([new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      atMs: 1_614_265_330_999,
      body: '{"test": 2432232314}',
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('signs with every key, and says who and when without any', () => {
    const message = { id: 'm', atMs: 5_000, body: 'b' };
    const one = signatureHeaders([new Secret(key(1))], message)['webhook-signature'];
    const two = signatureHeaders([new Secret(key(2))], message)['webhook-signature'];
    const both = signatureHeaders([new Secret(key(1)), new Secret(key(2))], message);
    expect(both['webhook-signature']).toBe(`${one} ${two}`);
    expect(signatureHeaders([], message)).toEqual({ 'webhook-id': 'm', 'webhook-timestamp': '5' });
  });
});

/** What a receiver does who knows nothing of us but the specification. */
const checker = `
import base64, hashlib, hmac, json, sys, time
message = json.load(sys.stdin)
headers, body = message["headers"], message["body"].encode()
content = (headers["webhook-id"] + "." + headers["webhook-timestamp"] + ".").encode() + body
key = base64.b64decode(message["secret"][len("whsec_"):])
expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
signatures = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
known = any(version == "v1" and hmac.compare_digest(signature, expected) for version, signature in signatures)
print("good" if known and abs(time.time() - int(headers["webhook-timestamp"])) < 300 else "bad")
`;

describeWith(['python3'], 'the signature of a webhook, checked by another program', () => {
  const judge = (message: object): string =>
    execFileSync(findProgram('python3') ?? '', ['-c', checker], {
      input: JSON.stringify(message),
      encoding: 'utf8',
    }).trim();

  it('is good with the old key and with the new one, and bad with another or for another body', async () => {
    const server = await startTestServer();
    const config = webhookConfig({ url: server.url, secrets: [key(1), key(2)] });
    const webhook = createWebhook(config, { clock: systemClock });
    const reason = 'Ä, „“ and 🎉';
    await webhook.deliver([anEvent({ reason })], new AbortController().signal);
    webhook.close();
    await server.stop();
    const [{ headers, body } = { headers: {}, body: '' }] = server.received;
    expect(body).toContain(reason);
    expect(judge({ headers, body, secret: key(1) })).toBe('good');
    expect(judge({ headers, body, secret: key(2) })).toBe('good');
    expect(judge({ headers, body, secret: key(3) })).toBe('bad');
    expect(judge({ headers, body: `${body} `, secret: key(1) })).toBe('bad');
  });
});
