import { z } from 'zod';
import {
  certificateFile,
  httpAddress,
  integer,
  nonEmptyText,
} from '../../config/sections/kinds.ts';
import { isPattern } from '../probes/pattern.ts';

const identityExpected =
  '1 to 255 characters without control characters and without white space at the ends';

/** A part of an identity, as the service accepts it. */
export const identity = () =>
  z.string().refine(isIdentity, { error: identityExpected }).meta({ expects: identityExpected });

const isIdentity = (text: string): boolean =>
  text !== '' &&
  text === text.trim() &&
  text.isWellFormed() &&
  [...text].length <= 255 &&
  !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text);

const aPattern = 'a regular expression';
export const patternText = () =>
  z.string().refine(isPattern, { error: aPattern }).meta({ expects: aPattern });

const aHost = 'a host name or an address';
export const hostName = () =>
  z
    .string()
    .regex(/^(?:[A-Za-z0-9_](?:[\w.-]{0,252})|[0-9A-Fa-f:.%\w]*:[0-9A-Fa-f:.%\w]*)$/)
    .meta({ expects: aHost });

export const portNumber = () => integer(1, 65_535);
export const seconds = () => integer(1, 604_800);
export const limitSeconds = () => integer(1, 3_600);

/** What a probe does when what it checks is not OK. */
export const notOkPolicies = ['once', 'always', 'never'] as const;
export type NotOkPolicy = (typeof notOkPolicies)[number];

const common = {
  name: identity().describe('Name of the component.'),
  version: identity().describe('Its version.'),
  instance: identity().optional().describe('Its instance; default: `instance` of the agent.'),
  intervalSeconds: seconds()
    .optional()
    .describe('Time between checks; default: that of the agent.'),
  timeoutSeconds: limitSeconds()
    .optional()
    .describe('Time limit of a check; default: that of the agent.'),
  notOk: z
    .enum(notOkPolicies)
    .optional()
    .describe('Heartbeats while a check is not OK; default: that of the agent.'),
};

const tcpProbe = z.strictObject({
  ...common,
  type: z.literal('tcp'),
  host: hostName().describe('Host to connect to.'),
  port: portNumber().describe('Port to connect to.'),
});

const httpProbe = z.strictObject({
  ...common,
  type: z.literal('http'),
  url: httpAddress().describe('Address to request.'),
  method: z.enum(['GET', 'HEAD']).default('GET').describe('Method of the request.'),
  status: z
    .array(integer(100, 599))
    .min(1)
    .optional()
    .meta({ expects: 'a list of statuses from 100 to 599' })
    .describe('Accepted statuses; default: 200 to 299.'),
  body: patternText()
    .optional()
    .describe('Regular expression that matches anywhere in the first 64 KiB of the body.'),
  caFile: certificateFile().optional().describe('Certificates (PEM) to trust.'),
});

const rabbitmqProbe = z.strictObject({
  ...common,
  type: z.literal('rabbitmq'),
  queue: nonEmptyText().describe('Name of the queue.'),
  vhost: nonEmptyText().optional().describe('Its virtual host; default: `rabbitmq.vhost`.'),
  tag: patternText()
    .optional()
    .describe(
      'Regular expression that matches anywhere in the consumer tag; default: all consumers.',
    ),
  minConsumers: integer(0, 100_000)
    .default(1)
    .describe('Minimum number of matching consumers; 0: the queue has to exist.'),
});

const processProbe = z.strictObject({
  ...common,
  type: z.literal('process'),
  pidFile: nonEmptyText().describe('File with the number of the process.'),
  processName: nonEmptyText().optional().describe('Name of the process as `ps -o comm` prints it.'),
});

const fileProbe = z.strictObject({
  ...common,
  type: z.literal('file'),
  path: nonEmptyText().describe('File whose time of modification is checked.'),
  maxAgeSeconds: integer(1, 31_536_000).describe('Maximum time since the modification.'),
});

const aCommand = 'a list: the program and its arguments';
const commandProbe = z.strictObject({
  ...common,
  type: z.literal('command'),
  command: z
    .array(z.string().regex(/^[^\0]*$/))
    .min(1)
    .refine(([program = '']) => program !== '', { error: aCommand })
    .meta({ expects: aCommand })
    .describe('Program and arguments, run without a shell. Exit code 0 is OK, 3 is unknown.'),
});

const systemdProbe = z.strictObject({
  ...common,
  type: z.literal('systemd'),
  unit: z
    .string()
    .regex(/^[\w:.@\\-]{1,255}$/)
    .meta({ expects: 'the name of a unit, such as nginx.service' })
    .describe('Unit that is active.'),
});

/** Settings of a probe in the file. */
export const probeSchema = z.discriminatedUnion('type', [
  tcpProbe,
  httpProbe,
  rabbitmqProbe,
  processProbe,
  fileProbe,
  commandProbe,
  systemdProbe,
]);
export type ProbeConfig = z.output<typeof probeSchema>;
