import { z } from 'zod';
import { globPattern, httpAddress, integer, nonEmptyText } from '../kinds.ts';
import { givenSecret } from '../notifiers/shared.ts';

const names = (what: string) => ({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .meta({ description: what, expects: '1 to 40 of a-z, 0-9 and -' }),
});

const source = z.strictObject({
  name: globPattern().describe('Component names; * matches any characters, ? matches one.'),
  version: globPattern().default('*').describe('Component versions, in the same way.'),
  instance: globPattern().default('*').describe('Instances, in the same way.'),
  critical: z
    .boolean()
    .default(true)
    .describe('Whether the gate is closed while an instance of this source is missing.'),
  within: integer(1, 86_400)
    .default(30)
    .describe('Seconds since its last heartbeat in which an instance is fresh.'),
});

const conditionFields = {
  ...names('Name in logs and in the API.'),
  host: nonEmptyText().describe('Host that is connected to, or name that is resolved.'),
  interval: integer(1, 3_600).default(15).describe('Seconds between two checks.'),
  timeout: integer(1, 60).default(5).describe('Time limit of one check, in seconds.'),
  failures: integer(1, 100)
    .default(3)
    .describe('Number of failures in a row that close the gate; one success opens it.'),
};

const condition = z.discriminatedUnion('type', [
  z.strictObject({
    ...conditionFields,
    type: z.literal('tcp'),
    port: integer(1, 65_535).describe('Port that accepts a TCP connection.'),
  }),
  z.strictObject({
    ...conditionFields,
    type: z.literal('dns'),
    server: z
      .union([z.ipv4(), z.ipv6()])
      .optional()
      .describe("Address of the name server; default: the machine's own."),
    serverPort: integer(1, 65_535).default(53).describe('Port of the name server.'),
  }),
]);

const anAddress = 'an http:// or https:// address; or {file: …} with that';

const timeout = () => integer(1, 60).default(5).describe('Time limit of one emission, in seconds.');

const httpTarget = z.strictObject({
  type: z.literal('http'),
  url: givenSecret((url) => httpAddress().safeParse(url).success, anAddress).describe(
    'Address, a secret or {file: …}: its path may contain a token.',
  ),
  method: z.enum(['GET', 'POST']).default('POST'),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/), givenSecret())
    .default({})
    .describe('Additional headers; each value is a secret or {file: …}.'),
  body: z
    .string()
    .max(65_536)
    .optional()
    .describe('Body of a POST; default: a heartbeat of the native API in the name of the relay.'),
  timeout: timeout(),
});

const commandTarget = z.strictObject({
  type: z.literal('command'),
  command: z
    .array(nonEmptyText())
    .min(1)
    .max(100)
    .describe('Program and its arguments; it is run without a shell. Exit code 0 is success.'),
  timeout: timeout(),
});

const amqpTarget = z.strictObject({
  type: z.literal('amqp'),
  actor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .meta({
      description: 'Actor that receives the command, from the actor of profiles.lvmbeat.amqp.',
      expects: '1 to 100 of letters, digits, _ and -',
    }),
  command: nonEmptyText().max(1_000).default('heartbeat').describe('Text of the command.'),
  timeout: timeout(),
});

const relay = z
  .strictObject({
    ...names('Name in the API, in events and in metrics.'),
    mode: z
      .enum(['on-arrival', 'steady'])
      .default('steady')
      .describe('`on-arrival`: emit when a critical source sends; `steady`: every interval.'),
    interval: integer(1, 3_600).default(15).describe('Seconds between emissions, if steady.'),
    cutoff: integer(1, 3_600)
      .default(10)
      .describe('Minimum number of seconds between emissions, if on arrival.'),
    maxBypass: integer(1, 604_800)
      .default(3_600)
      .describe('Longest bypass that can be requested, in seconds.'),
    sources: z.array(source).max(1_000).default([]),
    conditions: z.array(condition).max(100).default([]),
    target: z.discriminatedUnion('type', [httpTarget, commandTarget, amqpTarget]),
  })
  .refine(({ mode, sources }) => mode === 'steady' || sources.some(({ critical }) => critical), {
    path: ['sources'],
    error: 'a critical source, because the relay emits when one sends',
  })
  .refine(({ conditions }) => areDifferent(conditions), {
    path: ['conditions'],
    error: 'a different name for each condition',
  });

const areDifferent = (named: readonly { readonly name: string }[]): boolean =>
  new Set(named.map(({ name }) => name)).size === named.length;

export const relaysSection = z
  .array(relay)
  .max(100)
  .refine(areDifferent, { error: 'a different name for each relay' })
  .prefault([])
  .describe(
    'Relays, which send a heartbeat downstream only while all critical sources are fresh: {name, mode, interval, cutoff, maxBypass, sources: [{name, version, instance, critical, within}], conditions, target}; see docs/guides/relays.md.',
  );

export type RelayConfig = z.output<typeof relay>;
export type SourceConfig = RelayConfig['sources'][number];
export type ConditionConfig = RelayConfig['conditions'][number];
export type TargetConfig = RelayConfig['target'];
