import { z } from 'zod';

export const relayModes = ['on-arrival', 'steady'] as const;

const names = { name: z.string(), version: z.string(), instance: z.string() };

export const relaySchema = z
  .object({
    name: z.string(),
    mode: z.enum(relayModes).describe('`on-arrival`: emits when a critical source sends.'),
    state: z.enum(['open', 'closed']),
    since: z.iso.datetime().describe('Time since which the gate is in this state.'),
    reasons: z
      .array(z.string())
      .describe('Why the gate is closed, or would be closed without the bypass.'),
    missing: z
      .array(z.string())
      .describe('Critical sources that are missing, as name/version/instance.'),
    bypass: z
      .object({
        from: z.iso.datetime(),
        until: z.iso.datetime(),
        by: z.string().describe('Caller that requested it.'),
        reason: z.string(),
      })
      .optional()
      .describe('Present while the gate is held open.'),
    sources: z.array(
      z.object({
        ...names,
        critical: z.boolean(),
        withinSeconds: z.number(),
        fresh: z.boolean(),
        oldest: z
          .object({
            ...names,
            ageSeconds: z
              .number()
              .nullable()
              .describe('Age of its last heartbeat; null if none was received since the start.'),
          })
          .optional()
          .describe(
            'Matching instance whose last heartbeat is the oldest; absent if there is none.',
          ),
      }),
    ),
    conditions: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['reachable', 'unreachable', 'unknown']),
        detail: z.string().optional().describe('Cause of the last failure.'),
      }),
    ),
    target: z.enum(['http', 'command', 'amqp']),
    lastEmitted: z.iso.datetime().nullable().describe('Last emission that the target accepted.'),
    lastError: z.string().nullable().describe('Why the last emission failed; null if it did not.'),
    intervalSeconds: z.number().optional().describe('Time between emissions, if steady.'),
    cutoffSeconds: z.number().optional().describe('Minimum time between emissions, if on arrival.'),
  })
  .meta({ id: 'Relay', description: 'A gate that sends a heartbeat downstream while it is open.' });
export type RelayResponse = z.infer<typeof relaySchema>;

export const bypassRequestSchema = z
  .strictObject({
    durationSeconds: z
      .int()
      .min(1)
      .max(604_800)
      .describe('Length; at most `relays[].maxBypass` of the configuration.'),
    reason: z
      .string()
      .min(1)
      .max(1_000)
      .regex(/^\P{Cc}*$/u)
      .describe('Reason, for people.'),
  })
  .meta({ id: 'BypassRequest', description: 'A bypass that holds a gate open for a time.' });
