import { z } from 'zod';
import { receiptSchema } from '../../../contract/api/heartbeat.ts';
import { json, type Operation } from '../../../contract/api/operation.ts';
import { problemResponse } from '../../../contract/problem.ts';
import type { RawRoute } from '../../../contract/raw-route.ts';
import { type RecordIntake, recordCandidateSchema } from '../../../records/intake.ts';

const intakeOperation: Operation = {
  tag: 'records',
  summary: 'Send log records',
  description:
    'One record, an array of them, or one a line (NDJSON). 202 means that all accepted records are ' +
    'on disk. A record is a heartbeat of its instance too, unless `records.heartbeats` is false.',
  body: {
    description: 'One record or many.',
    content: {
      'application/json': z.union([recordCandidateSchema, z.array(recordCandidateSchema).min(1)]),
      'application/x-ndjson': z.string(),
    },
    example: {
      ...{ name: 'backup', version: '1.2.3', instance: 'host1', level: 'warning' },
      message: 'The disk is nearly full.',
    },
  },
  responses: { 202: json('At least one record is accepted.', receiptSchema) },
  problems: [
    ...(['malformed-body', 'records-rejected', 'body-too-large', 'too-many-records'] as const),
    ...(['unsupported-encoding', 'store-unavailable', 'stopping'] as const),
  ],
};

/** `POST /api/v1/records`. */
export const recordsRawRoute = (intake: RecordIntake): RawRoute => ({
  path: '/api/v1/records',
  methods: 'only-POST',
  scope: 'ingest',
  operation: intakeOperation,
  async handle(body, caller) {
    const result = await intake.acceptBody(body, caller);
    if (result.kind === 'problem') return problemResponse(result.problem);
    const { accepted, rejected } = result;
    return {
      status: 202,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ accepted, rejected }),
    };
  },
  refuse: problemResponse,
});
