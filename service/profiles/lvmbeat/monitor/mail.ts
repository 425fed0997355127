import type { LivenessEvent } from '../../../contract/event.ts';
import { escapeHtml } from '../../../notify/email/html.ts';
import { type ComposeMessage, messageHeaders, messageIds } from '../../../notify/email/message.ts';

/** A message about one event, with lvmbeat's subjects and texts. */
export const composeMail =
  (site: string): ComposeMessage =>
  (events, sender) => {
    const [event] = events;
    const subject = event === undefined ? site : subjectOf(event, site);
    const reason = event === undefined ? '' : textOf(event);
    return {
      subject,
      text: `A critical alert was raised in the LVM system.\n\nThe error message is shown below:\n\n${reason}\n\n\n`,
      html: htmlOf(subject, reason),
      ...messageIds(events, event?.subject, sender),
      headers: messageHeaders(events),
    };
  };

function subjectOf({ kind }: LivenessEvent, site: string): string {
  switch (kind) {
    case 'site.recovered':
      return `RESOLVED: ${site} is up`;
    case 'site.unmonitored':
      return `REMINDER: ${site} is not monitored`;
    case 'test':
      return `TEST: ${site} is down`;
    default:
      return `${site} is down`;
  }
}

const textOf = ({ kind, reason }: LivenessEvent): string =>
  kind === 'test' ? 'This is a test message. Please ignore.' : reason;

const htmlOf = (title: string, reason: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body style="font-family:Arial,Helvetica,sans-serif;font-size:12pt;">
<h1 style="font-size:1.6em;">${escapeHtml(title)}</h1>
<p>A critical error has been raised in the LVM system. Please see the details below.</p>
<pre style="padding:10px;border:1px solid #777;white-space:pre-wrap;"><code>${escapeHtml(reason)}</code></pre>
</body>
</html>
`;
