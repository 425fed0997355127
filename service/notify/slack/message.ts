import type { LivenessEvent } from '../../contract/event.ts';
import { type DigestLine, digestOf, type Tone } from '../digest.ts';
import { toSingleLine } from '../single-line.ts';

/**
 * Message of an incoming webhook
 * (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks): a text for notifications and
 * for programs without support for blocks, and blocks.
 */
type SlackMessage = { readonly text: string; readonly blocks: readonly Block[] };

type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Markdown }
  | { readonly type: 'context'; readonly elements: readonly PlainText[] };

type PlainText = { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };

/** `verbatim`: Slack makes no links of channels, persons and addresses. */
type Markdown = { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };

/** Slack's limits for a message. */
const maxBlocks = 50;
const maxHeader = 150;
const maxSection = 3_000;

/**
 * Escaping makes up to five characters of one, and every line must fit into a section: two names and
 * a reason of 520 characters together.
 */
const maxName = 120;
const maxReason = 280;

export function slackMessage(
  events: readonly LivenessEvent[],
  { notifier }: { readonly notifier: string },
): SlackMessage {
  const { title, lines } = digestOf(events);
  const sections = fill(lines.map(markdownLine));
  // The header and the footer are blocks too.
  const shown = sections.slice(0, maxBlocks - 2);
  const left = sections.slice(shown.length).reduce((sum, { lines }) => sum + lines, 0);
  const footer = `GE Heartbeat, notifier ${notifier}`;
  return {
    text: escapeMarkdown(title),
    blocks: [
      { type: 'header', text: plainText(toSingleLine(title, maxHeader)) },
      ...shown.map(({ text }): Block => ({ type: 'section', text: markdown(text) })),
      {
        type: 'context',
        elements: [plainText(left === 0 ? footer : `${footer}: and ${left} more events`)],
      },
    ],
  };
}

type Section = { readonly text: string; readonly lines: number };

/** Puts as many lines into each section as fit. */
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

function markdownLine({ atMs, status, component, instance, reason, time }: DigestLine): string {
  const { label, tone } = status;
  const names = [
    escapeMarkdown(toSingleLine(component, maxName)),
    ...(instance === undefined ? [] : [code(toSingleLine(instance, maxName))]),
  ];
  const date = `<!date^${Math.floor(atMs / 1_000)}^{date_num} {time_secs}|${time}>`;
  const text = escapeMarkdown(toSingleLine(reason, maxReason));
  return `${dots[tone]} *${label}* ${names.join(' ')}: ${text} (${date})`;
}

const dots: Record<Tone, string> = {
  bad: ':red_circle:',
  warning: ':large_yellow_circle:',
  good: ':large_green_circle:',
  neutral: ':white_circle:',
};

/** Within code, no program reads mentions or links. */
const code = (text: string): string => `\`${escapeEntities(text).replaceAll('`', "'")}\``;

const wordJoiner = '\u2060';

/**
 * Three characters have a meaning in Slack: <!channel>, <@user>, <https://…>. Mattermost also reads
 * @user, ~channel, [text](address), ![image](address), bare addresses and www.…, whatever is escaped.
 * An invisible word joiner breaks these without a change to the eye.
 */
const escapeMarkdown = (text: string): string => escapeEntities(neutralized(text));

const escapeEntities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const neutralized = (text: string): string =>
  text
    .replaceAll(/[@~]|\](?=[([:])|:(?=\/\/)/g, (mark) => mark + wordJoiner)
    .replaceAll(/\b(www|mailto|tel)(?=[.:])/gi, (word) => word + wordJoiner);

const plainText = (text: string): PlainText => ({ type: 'plain_text', text, emoji: false });

const markdown = (text: string): Markdown => ({ type: 'mrkdwn', text, verbatim: true });
