import { stringify } from 'yaml';
import { z } from 'zod';

/** lvmbeat's own configuration file; what it does not use is ignored, as there. */
const fileSchema = z.looseObject({
  actor: z
    .looseObject({
      name: z.string().default('lvmbeat'),
      host: z.string().default('localhost'),
      port: z.int().default(5672),
      user: z.string().default('guest'),
    })
    .prefault({}),
  timeout: z.number().positive().default(30),
  outside_monitor: z
    .looseObject({
      url: z.string().nullish(),
      interval: z.number().positive().default(15),
      send_email_after: z.number().positive().default(300),
    })
    .prefault({}),
  heartbeats: z
    .array(z.looseObject({ name: z.string(), critical: z.boolean().default(true) }))
    .default([]),
});

type ImportedConfig =
  | { readonly kind: 'config'; readonly yaml: string }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Time between two beats of the dome's controller. */
const cutoffSeconds = 10;

/** The settings of this service that do the same as a `config.yaml` of lvmbeat, as a YAML file. */
export function importLvmbeat(file: unknown): ImportedConfig {
  const parsed = fileSchema.safeParse(file ?? {});
  if (!parsed.data) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`,
    );
    return { kind: 'problems', problems };
  }
  const { actor, timeout, outside_monitor: outside, heartbeats } = parsed.data;
  const host = actor.host.includes(':') ? `[${actor.host}]` : actor.host;
  const within = Math.ceil(timeout);
  const named = new Map(heartbeats.map(({ name, critical }) => [name, critical]));
  const settings = {
    profiles: {
      lvmbeat: {
        enabled: true,
        sendEmailAfterSeconds: Math.ceil(outside.send_email_after),
        timeoutSeconds: within,
        amqp: { url: `amqp://${host}:${actor.port}`, actor: actor.name },
        heartbeats: [...named].map(([name, critical]) => ({ name, critical })),
      },
    },
    relays: [
      ...([...named.values()].some((critical) => critical) ? [ecpRelay(named, within)] : []),
      ...(outside.url ? [outsideRelay(outside.url, outside.interval)] : []),
    ],
  };
  const login =
    actor.user === 'guest' ? '' : `# The user name was ${actor.user}; a password is needed too.\n`;
  return { kind: 'config', yaml: header + login + stringify(settings) };
}

const header = `# Made of a configuration file of lvmbeat. The conditions stand in for its network checks, which sent
# ICMP to 8.8.8.8 and 10.8.8.46: choose hosts and ports that respond at your site.
`;

const ecpRelay = (heartbeats: ReadonlyMap<string, boolean>, within: number) => ({
  name: 'ecp',
  mode: 'on-arrival',
  cutoff: cutoffSeconds,
  sources: [...heartbeats].map(([name, critical]) => ({
    name: escaped(name),
    version: 'lvmbeat',
    within,
    ...(critical ? {} : { critical }),
  })),
  conditions: [
    { name: 'internet', type: 'tcp', host: '8.8.8.8', port: 53, interval: 15, failures: 3 },
    { name: 'lco', type: 'tcp', host: '10.8.8.46', port: 22, interval: 15, failures: 3 },
  ],
  target: { type: 'amqp', actor: 'lvmecp', command: 'heartbeat' },
});

/** Names are no patterns there. */
const escaped = (name: string): string => name.replaceAll('*', '?');

/** As there, `/heartbeat` is added unless the address contains it. */
function outsideRelay(url: string, interval: number) {
  const address = url.includes('heartbeat') ? url : `${url.replace(/\/+$/, '')}/heartbeat`;
  return {
    name: 'outside',
    mode: 'steady',
    interval: Math.max(1, Math.round(interval)),
    target: { type: 'http', method: 'GET', url: address },
  };
}
