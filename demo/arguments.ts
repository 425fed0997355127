import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Ports } from './stack/ports.ts';

export const usage = `Usage: npm run demo -- [options]

The whole of GE Heartbeat in one terminal: Keystone and Monasca (mocked), the service, a
handful of simulated Generic Enablers, and a receiver that is told of what happens to them. Every
now and then Monasca goes away and comes back; so does one of the Enablers, another says goodbye,
and a third is replaced without a word, but that one is silenced.
At the end every accepted heartbeat is looked for in Monasca, and every event that was to be told
at the receiver: exit code 0 if all are there.

  --for TIME            end after 20s, 90 (seconds), 2m, … (default: with Ctrl-C)
  --service-port PORT   default 8080; 0 takes any free port, here and below
  --keystone-port PORT  default 5000
  --monasca-port PORT   default 8070
  --keep-data DIR       keep databases and logs there (default: a temporary folder)
  --no-incidents        Monasca stays, and everybody lives
  -h, --help            this text
`;

export type Arguments = {
  /** Absent: until somebody ends it. */
  readonly forSeconds?: number;
  readonly ports: Ports;
  /** Absent: a temporary folder. */
  readonly keepDataIn?: string;
  readonly hasIncidents: boolean;
};

export type ArgumentsRead =
  | { readonly kind: 'run'; readonly arguments: Arguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

/** Longer than this a timer of Node cannot be. */
const longestSeconds = 24 * 3_600;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

const time = z.string().transform((text, context) => {
  const [, digits = '', unit = 's'] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit || 's'] ?? 1);
  if (seconds > 0 && seconds <= longestSeconds) return seconds;
  const message = `expected a time such as 20s, 90 or 2m, at most 24h; got ${JSON.stringify(text)}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const port = z.string().transform((text, context) => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  const message = `expected a port from 0 to 65535; got ${JSON.stringify(text)}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const schema = z.object({
  for: time.optional(),
  'service-port': port.prefault('8080'),
  'keystone-port': port.prefault('5000'),
  'monasca-port': port.prefault('8070'),
  'keep-data': z.string().min(1, 'expected a folder').optional(),
  'no-incidents': z.boolean().default(false),
});

export function readArguments(args: readonly string[]): ArgumentsRead {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return { kind: 'help' };
    const parsed = schema.safeParse(values);
    if (!parsed.success) {
      const { issues } = parsed.error;
      return {
        kind: 'wrong',
        problems: issues.map(({ path, message }) => `--${path.join('')}: ${message}`),
      };
    }
    return { kind: 'run', arguments: inOurWords(parsed.data) };
  } catch (error) {
    return { kind: 'wrong', problems: [error instanceof Error ? error.message : String(error)] };
  }
}

const options = {
  help: { type: 'boolean', short: 'h' },
  for: { type: 'string' },
  'service-port': { type: 'string' },
  'keystone-port': { type: 'string' },
  'monasca-port': { type: 'string' },
  'keep-data': { type: 'string' },
  'no-incidents': { type: 'boolean' },
} as const;

function inOurWords(given: z.infer<typeof schema>): Arguments {
  return {
    ...(given.for === undefined ? {} : { forSeconds: given.for }),
    ...(given['keep-data'] === undefined ? {} : { keepDataIn: given['keep-data'] }),
    ports: {
      service: given['service-port'],
      keystone: given['keystone-port'],
      monasca: given['monasca-port'],
    },
    hasIncidents: !given['no-incidents'],
  };
}
