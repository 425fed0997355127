import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const component = z.object({
  name: z.string(),
  status: z.enum(['ok', 'not_ok']),
  timestamp: z.string(),
});

/** The message of a publisher. */
export const messageSchema = z.object({
  timestamp: z.string(),
  hosts: z.array(component),
  rmq_consumers: z.object({
    queues_status: z.array(component),
    services_status: z.array(component),
  }),
});

const publishStep = z.object({
  exchange: z.string(),
  routing_keys: z.array(z.string()),
  properties: z.record(z.string(), z.unknown()),
  body_text: z.string(),
});

const recordedCase = z.object({
  name: z.string(),
  setup: z.object({
    env: z.record(z.string(), z.string()),
    publisher_config: z.unknown().optional(),
  }),
  steps: z.array(z.looseObject({ publish: publishStep.optional() })),
});
export type RecordedCase = z.infer<typeof recordedCase>;

/** What the original publisher did, case by case. */
export function publisherCases(): RecordedCase[] {
  const path = fileURLToPath(
    new URL('../../fixtures/oracle/pipeline-heartbeat.jsonl', import.meta.url),
  );
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"name": "publisher'))
    .map((line) => recordedCase.parse(JSON.parse(line)));
}

export const messagesOf = ({ steps }: RecordedCase): string[] =>
  steps.flatMap(({ publish }) => publish?.body_text ?? []);

/** A message with all its times replaced, which no two runs share. */
export const withoutTimes = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '<time>');
