import type { Environment } from './environment.ts';
import type { GivenValue, GivenValues } from './layers.ts';

/** Truth of lvmbeat's own variables, in any case; `on` does not count. */
const isTrue = (text: string): boolean => ['true', 'yes', '1'].includes(text.toLowerCase());

/** A text that is neither stays as it is, and the check of the setting rejects it. */
const startMonitor = (text: string): unknown =>
  isTrue(text) ? true : ['false', 'no', '0'].includes(text.toLowerCase()) ? false : text;

/** Python's `float`: `1e2` is a number too. */
const seconds = (text: string): unknown => (Number.isFinite(Number(text)) ? Number(text) : text);

const list = (text: string): string[] => text.split(',').map((one) => one.trim());

const variables: readonly [variable: string, path: string, read?: (text: string) => unknown][] = [
  ['LVMBEAT_EMAIL_RECIPIENTS', 'mail.recipients', list],
  ['LVMBEAT_EMAIL_FROM_ADDRESS', 'mail.fromAddress'],
  ['LVMBEAT_EMAIL_REPLY_TO', 'mail.replyTo'],
  ['LVMBEAT_EMAIL_HOST', 'mail.host'],
  ['LVMBEAT_EMAIL_PORT', 'mail.port', seconds],
  ['LVMBEAT_EMAIL_TLS', 'mail.tls', isTrue],
  ['LVMBEAT_SEND_EMAIL_AFTER', 'sendEmailAfterSeconds', seconds],
  ['LVMBEAT_START_MONITOR', 'startMonitor', startMonitor],
  ['SLACK_API_TOKEN', 'slack.token'],
];
/** lvmbeat uses them with TLS only, and ignores them otherwise. */
const login: typeof variables = [
  ['LVMBEAT_EMAIL_USERNAME', 'mail.username'],
  ['LVMBEAT_EMAIL_PASSWORD', 'mail.password'],
];

/** Variables of lvmbeat's own programs, for a deployment that replaces its outside monitor. */
export function readLvmbeatVariables(env: Environment): GivenValues {
  const given = new Map<string, GivenValue>();
  const read = isTrue(env['LVMBEAT_EMAIL_TLS'] ?? '') ? [...variables, ...login] : variables;
  for (const [variable, path, parse = String] of read) {
    const text = env[variable];
    if (!text) continue;
    const value = parse(text);
    given.set(`profiles.lvmbeat.${path}`, { value, origin: { kind: 'environment', variable } });
  }
  return given;
}
