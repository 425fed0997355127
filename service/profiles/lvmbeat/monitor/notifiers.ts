import type { Config } from '../../../config/schema.ts';
import type { LvmbeatConfig } from '../../../config/sections/profiles/lvmbeat.ts';
import { createEmailDestination } from '../../../notify/email/email.ts';
import { mailboxOf } from '../../../notify/email/smtp.ts';
import type { Notifier } from '../../../notify/notifier.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { composeMail } from './mail.ts';
import { createSiteSlack } from './slack.ts';

/** Names that no configured notifier can have, because those have no dots. */
export const siteNotifiers = { email: 'lvmbeat.email', slack: 'lvmbeat.slack' } as const;

const kinds = ['site.down', 'site.recovered', 'site.unmonitored'] as const;

/** Longest time of a session with the mail server. */
const mailTimeoutMs = 15_000;
/** The end of an outage of the mail server is noticed soon. */
const maxBackoffMs = 15_000;

/** The first setting that is missing for mails, in the words of lvmbeat. */
export function mailFault({ mail }: Pick<LvmbeatConfig, 'mail'>): string | undefined {
  const { recipients, fromAddress, host, port, tls, username, password } = mail;
  const needed: [unknown, string][] = [
    [recipients[0], 'recipients'],
    [fromAddress, 'from_address'],
    [host, 'host'],
    [port, 'port'],
    ...(tls
      ? ([
          [username, 'username'],
          [password, 'password'],
        ] as [unknown, string][])
      : []),
  ];
  const missing = needed.find(([value]) => value === undefined);
  return missing && `No ${missing[1]} defined.`;
}

/** Names of the profile's notifiers, beside those of the configuration. */
export function lvmbeatNotifierNames({ profiles: { lvmbeat } }: Config): { name: string }[] {
  if (!lvmbeat.enabled) return [];
  return [
    ...(mailFault(lvmbeat) === undefined ? [{ name: siteNotifiers.email }] : []),
    ...(lvmbeat.slack.token === undefined ? [] : [{ name: siteNotifiers.slack }]),
  ];
}

/** Mails and Slack messages about the site; each has its own pump, which retries. */
export function lvmbeatNotifiers(config: Config, runtime: Runtime) {
  const { lvmbeat } = config.profiles;
  const match = [{ kinds: [...kinds], name: '*', version: lvmbeat.version }];
  const { token } = lvmbeat.slack;
  return lvmbeatNotifierNames(config).map(({ name }) => ({
    name,
    // Requests of lvmbeat's clients decide what is sent, not silences.
    routing: { match, silenced: true },
    create: (): Notifier =>
      name === siteNotifiers.email || token === undefined
        ? createSiteMail(lvmbeat, runtime)
        : createSiteSlack(lvmbeat, token, runtime),
  }));
}

function createSiteMail({ mail, site }: LvmbeatConfig, { clock, log }: Runtime): Notifier {
  const { recipients, fromAddress = '', replyTo = fromAddress, host = '', port = 25 } = mail;
  const { tls, username, password, insecure } = mail;
  return {
    deliver: createEmailDestination({
      name: siteNotifiers.email,
      server: {
        ...{ host, port, insecure },
        encryption: tls ? 'starttls' : 'none',
        ...(tls ? { username, password } : {}),
      },
      from: mailboxOf(fromAddress),
      to: recipients.map(mailboxOf),
      replyTo: mailboxOf(replyTo),
      timeoutMs: mailTimeoutMs,
      clock,
      log: log.child({ notifier: siteNotifiers.email }),
      compose: composeMail(site),
    }),
    batchRecords: 1,
    batchWaitMs: 0,
    maxBackoffMs,
    close: () => undefined,
  };
}
