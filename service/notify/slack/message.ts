import type { LivenessEvent } from '../../contract/event.ts';
import { type DigestLine, digestOf } from '../digest/digest.ts';
import { oneLine } from '../digest/one-line.ts';
import type { Tone } from '../digest/standing.ts';

/**
 * What an incoming webhook takes (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks):
 * a text for notifications and for programs that know no blocks, and blocks.
 */
export type SlackMessage = { readonly text: string; readonly blocks: readonly Block[] };

type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Markdown }
  | { readonly type: 'context'; readonly elements: readonly PlainText[] };

type PlainText = { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };

/** `verbatim`: Slack makes no links of what looks like a channel, a person or an address. */
type Markdown = { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };

/** Slack refuses a message that has more than these. */
const maxBlocks = 50;
const maxHeader = 150;
const maxSection = 3_000;

/**
 * Escaping makes five characters of one, and a line has to fit into a section whatever is in it:
 * two names and a reason, of 520 characters together.
 */
const maxName = 120;
const maxReason = 280;

export function slackMessage(
  events: readonly LivenessEvent[],
  { notifier }: { readonly notifier: string },
): SlackMessage {
  const { headline, lines } = digestOf(events);
  const sections = fill(lines.map(markdownLine));
  // The header and the footer are blocks too.
  const shown = sections.slice(0, maxBlocks - 2);
  const left = sections.slice(shown.length).reduce((sum, { lines }) => sum + lines, 0);
  const footer = `GE Heartbeat, notifier ${notifier}`;
  return {
    text: escapeMarkdown(headline),
    blocks: [
      { type: 'header', text: plainText(oneLine(headline, maxHeader)) },
      ...shown.map(({ text }): Block => ({ type: 'section', text: markdown(text) })),
      {
        type: 'context',
        elements: [plainText(left === 0 ? footer : `${footer}: and ${left} more events`)],
      },
    ],
  };
}

type Section = { readonly text: string; readonly lines: number };

/** As many lines in each section as fit. */
function fill(lines: readonly string[]): Section[] {
  const sections: Section[] = [];
  for (const line of lines) {
    const last = sections.at(-1);
    if (last && last.text.length + 1 + line.length <= maxSection) {
      sections[sections.length - 1] = { text: `${last.text}\n${line}`, lines: last.lines + 1 };
    } else {
      sections.push({ text: line, lines: 1 });
    }
  }
  return sections;
}

function markdownLine({ atMs, standing, component, instance, reason, time }: DigestLine): string {
  const { word, tone } = standing;
  const names = [
    escapeMarkdown(oneLine(component, maxName)),
    ...(instance === undefined ? [] : [code(oneLine(instance, maxName))]),
  ];
  const moment = `<!date^${Math.floor(atMs / 1_000)}^{date_num} {time_secs}|${time}>`;
  const why = escapeMarkdown(oneLine(reason, maxReason));
  return `${dots[tone]} *${word}* ${names.join(' ')}: ${why} (${moment})`;
}

const dots: Record<Tone, string> = {
  bad: ':red_circle:',
  warning: ':large_yellow_circle:',
  good: ':large_green_circle:',
  neutral: ':white_circle:',
};

const code = (text: string): string => `\`${escapeMarkdown(text).replaceAll('`', "'")}\``;

/** These three are all that Slack gives a meaning to: <!channel>, <@user>, <https://…>. */
const escapeMarkdown = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const plainText = (text: string): PlainText => ({ type: 'plain_text', text, emoji: false });

const markdown = (text: string): Markdown => ({ type: 'mrkdwn', text, verbatim: true });
