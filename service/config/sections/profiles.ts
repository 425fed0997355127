import { z } from 'zod';
import { certificateFile, httpAddress, whole } from './kinds.ts';

const geSection = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Answer on /beat and /status.'),
    env: z
      .boolean()
      .default(false)
      .meta({
        description:
          "Understand the original service's variables: KEYSTONE_HOST, KEYSTONE_PORT, MONASCA_HOST, MONASCA_PORT, USERNAME, PASSWORD and PROJECT.",
        also: ['HEARTBEAT_PROFILE_GE_ENV'],
      }),
  })
  .prefault({})
  .describe('The protocol of the original FIWARE GE Heartbeat.');

const seconds = () => whole(1, 315_360_000);

const hbtdSection = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Answer below /hmi/v1, as hbtd does.'),
    host: z
      .string()
      .min(1)
      .optional()
      .describe('Address to listen on for it, when it is not that of http.host.'),
    port: whole(0, 65_535)
      .default(28_500)
      .meta({
        description: 'Port to listen on for it; 0 takes any free one.',
        also: ['HBTD_PORT'],
      }),
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
      .meta({
        description: 'Absence after which a component is late: Warntime.',
        also: ['HBTD_WARNTIME'],
      }),
    errSeconds: seconds()
      .default(30)
      .meta({
        description: 'Absence after which a component is down: Errtime.',
        also: ['HBTD_ERRTIME'],
      }),
    intervalSeconds: seconds()
      .default(5)
      .meta({
        description:
          'Interval, which is returned and has no effect: see liveness.evaluationSeconds.',
        also: ['HBTD_INTERVAL'],
      }),
    smUrl: httpAddress()
      .optional()
      .meta({
        description: 'Address of the Hardware State Manager that is notified of changes: Sm_url.',
        also: ['HBTD_SM_URL'],
      }),
    smTimeoutSeconds: whole(1, 600)
      .default(10)
      .meta({
        description: 'Time for one request to the State Manager: Sm_timeout.',
        also: ['HBTD_SM_TIMEOUT'],
      }),
    smCaFile: certificateFile()
      .optional()
      .describe('File with the certificates (PEM) to trust for the State Manager.'),
    noSm: z
      .boolean()
      .default(false)
      .meta({
        description: 'Do not notify the State Manager: Nosm.',
        also: ['HBTD_NOSM'],
      }),
    telemetryUrl: httpAddress()
      .optional()
      .describe("Where changes are posted in hbtd's JSON, in the place of Kafka."),
    useTelemetry: z
      .boolean()
      .default(true)
      .meta({
        description: 'Post telemetry, when there is a telemetryUrl: Use_telemetry.',
        also: ['HBTD_USE_TELEMETRY'],
      }),
  })
  .refine((hbtd) => hbtd.warnSeconds < hbtd.errSeconds, {
    path: ['errSeconds'],
    error: 'more than profiles.hbtd.warnSeconds',
  })
  .prefault({})
  .describe("The protocol of Cray's heartbeat tracker daemon, hbtd.");

export const profilesSection = z
  .strictObject({ ge: geSection, hbtd: hbtdSection })
  .prefault({})
  .describe('Protocols of other heartbeat systems.');

export type HbtdConfig = z.output<typeof hbtdSection>;
