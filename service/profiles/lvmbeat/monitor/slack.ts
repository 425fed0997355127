import { z } from 'zod';
import type { LvmbeatConfig } from '../../../config/sections/profiles/lvmbeat.ts';
import type { LivenessEvent } from '../../../contract/event.ts';
import { delivered, retry, skipped } from '../../../contract/outcome.ts';
import type { Secret } from '../../../contract/values/secret.ts';
import type { Notifier } from '../../../notify/notifier.ts';
import { withoutSecrets } from '../../../notify/redact.ts';
import { classifyResponse } from '../../../runtime/http/classify-response.ts';
import { createHttpClient } from '../../../runtime/http/http-client.ts';
import type { Runtime } from '../../../runtime/runtime.ts';

const responseSchema = z.looseObject({ ok: z.boolean(), error: z.string().optional() });

/** Slack responds with 200 to refused messages; their causes need an operator. */
const refusedPauseMs = 60_000;

/** Posts lvmbeat's messages with `chat.postMessage`. */
export function createSiteSlack(
  { site, slack: { channel, url } }: LvmbeatConfig,
  token: Secret,
  { clock, proxy }: Runtime,
): Notifier {
  const http = createHttpClient({ timeoutMs: 10_000, proxy });
  return {
    batchRecords: 1,
    batchWaitMs: 0,
    async deliver([event], signal) {
      if (event === undefined) return skipped;
      const result = await http.request({
        method: 'POST',
        url: new URL('chat.postMessage', url.endsWith('/') ? url : `${url}/`).href,
        headers: {
          'content-type': 'application/json;charset=utf-8',
          authorization: `Bearer ${token.reveal()}`,
        },
        body: JSON.stringify({ channel, text: textOf(event, site) }),
        needsBody: true,
        signal,
      });
      const redacted = withoutSecrets(result, [token.reveal()]);
      if (redacted.kind === 'failure' || redacted.status >= 300) {
        return classifyResponse('Slack', redacted, clock.now());
      }
      const { data } = responseSchema.safeParse(parsed(redacted.body));
      if (data?.ok) return delivered;
      return retry('unexpected-answer', `Slack: ${data?.error ?? 'no JSON'}`, refusedPauseMs);
    },
    close: () => http.close(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only an alert mentions the channel. */
function textOf({ kind, reason }: LivenessEvent, site: string): string {
  switch (kind) {
    case 'site.down':
      return `<!here> The ${site} connection appears to be down.`;
    case 'site.recovered':
      return `RESOLVED: the ${site} connection appears to be up.`;
    case 'test':
      return '<!here> This is a test message from the lvmbeat monitor. Please ignore.';
    default:
      return reason;
  }
}
