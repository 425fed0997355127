import { z } from 'zod';
import { certificateFile, httpAddress, integer, nonEmptyText } from './kinds.ts';
import { isBroker, isTopic } from './notifiers/kafka.ts';
import { lvmbeatSection } from './profiles/lvmbeat.ts';
import { heraldSection } from './records/herald.ts';

/** A description, and the variable of the original program that sets the value too. */
const described = (description: string, variable: string) => ({ description, also: [variable] });

const geSection = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve /beat and /status.'),
    env: z
      .boolean()
      .default(false)
      .meta(
        described(
          "Read the original service's variables: KEYSTONE_HOST, KEYSTONE_PORT, MONASCA_HOST, MONASCA_PORT, USERNAME, PASSWORD and PROJECT.",
          'HEARTBEAT_PROFILE_GE_ENV',
        ),
      ),
  })
  .prefault({})
  .describe('Protocol of the original FIWARE GE Heartbeat.');

const seconds = () => integer(1, 315_360_000);

/** Broker and topic in `host:port:topic`; undefined for another text. */
export function parseTelemetryHost(text: string): { broker: string; topic: string } | undefined {
  const [, broker = '', topic = ''] = /^([^:]+:[0-9]{1,5}):([^:]+)$/.exec(text) ?? [];
  return isBroker(broker) && isTopic(topic) ? { broker, topic } : undefined;
}

const isTelemetryHost = (text: string): boolean => parseTelemetryHost(text) !== undefined;

const hbtdSection = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Serve /hmi/v1, as hbtd does.'),
    env: z
      .boolean()
      .default(false)
      .describe(
        "Read the variables of hbtd's image: WARNTIME, ERRTIME, SM_URL, USE_TELEMETRY and TELEMETRY_HOST.",
      ),
    host: nonEmptyText().optional().describe('Address to listen on, if it differs from http.host.'),
    port: integer(0, 65_535)
      .default(28_500)
      .meta(described('Port to listen on; 0 selects a free one.', 'HBTD_PORT')),
    underMain: z.boolean().default(false).describe('Serve /hmi/v1 on the port of http.port too.'),
    open: z
      .boolean()
      .default(false)
      .describe(
        'Allow every request on that port, also when tokens are configured: clients of this protocol have no tokens.',
      ),
    version: z
      .string()
      .regex(/^[^*?]{1,255}$/)
      .default('hbtd')
      .meta({
        description: 'Version of its components; their name is their kind.',
        expects: 'text of up to 255 characters without * and ?',
      }),
    warnSeconds: seconds()
      .default(10)
      .meta(described('Absence after which a component is late: Warntime.', 'HBTD_WARNTIME')),
    errSeconds: seconds()
      .default(30)
      .meta(described('Absence after which a component is down: Errtime.', 'HBTD_ERRTIME')),
    intervalSeconds: seconds()
      .default(5)
      .meta(
        described(
          'Interval, which is returned and has no effect: see liveness.evaluationSeconds.',
          'HBTD_INTERVAL',
        ),
      ),
    smUrl: httpAddress()
      .optional()
      .meta(
        described(
          'Address of the Hardware State Manager that is notified of changes: Sm_url.',
          'HBTD_SM_URL',
        ),
      ),
    smTimeoutSeconds: integer(1, 600)
      .default(10)
      .meta(
        described('Time limit of one request to the State Manager: Sm_timeout.', 'HBTD_SM_TIMEOUT'),
      ),
    smCaFile: certificateFile()
      .optional()
      .describe('File with the certificates (PEM) to trust for the State Manager.'),
    noSm: z
      .boolean()
      .default(false)
      .meta(described('Do not notify the State Manager: Nosm.', 'HBTD_NOSM')),
    telemetryHost: z
      .string()
      .refine(isTelemetryHost, { error: 'host:port:topic' })
      .optional()
      .meta({
        description:
          'Broker and topic of Kafka that receive changes, as host:port:topic: Telemetry_host.',
        expects: 'host:port:topic',
        also: ['HBTD_TELEMETRY_HOST'],
      }),
    telemetryUrl: httpAddress()
      .optional()
      .describe("Address that receives changes in hbtd's JSON, instead of Kafka."),
    useTelemetry: z
      .boolean()
      .default(true)
      .meta(
        described(
          'Send telemetry, if there is a telemetryHost or telemetryUrl: Use_telemetry.',
          'HBTD_USE_TELEMETRY',
        ),
      ),
  })
  .refine((hbtd) => hbtd.warnSeconds < hbtd.errSeconds, {
    path: ['errSeconds'],
    error: 'more than profiles.hbtd.warnSeconds',
  })
  .prefault({})
  .describe("Protocol of Cray's heartbeat tracker daemon, hbtd.");

const pipelineHeartbeatSection = z
  .strictObject({
    intervalSeconds: integer(1, 604_800)
      .default(60)
      .describe('Interval of the publishers (PUBLISH_INTERVAL), which their messages do not have.'),
  })
  .prefault({})
  .describe("Messages of ELIXIR's pipeline-heartbeat, in the queues of intake.amqp.");

export const profilesSection = z
  .strictObject({
    ge: geSection,
    hbtd: hbtdSection,
    herald: heraldSection,
    lvmbeat: lvmbeatSection,
    pipelineHeartbeat: pipelineHeartbeatSection,
  })
  .prefault({})
  .describe('Protocols of other heartbeat systems.');

export type HbtdConfig = z.output<typeof hbtdSection>;
