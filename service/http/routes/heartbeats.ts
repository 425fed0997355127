import { z } from 'zod';
import { heartbeatSchema, receiptSchema } from '../../contract/api/heartbeat.ts';
import { json, type Operation } from '../../contract/api/operation.ts';
import { problemResponse, type RawResponse } from '../../contract/problem.ts';
import type { RawRoute } from '../../contract/raw-route.ts';
import type { Ingest } from '../../ingest/ingest.ts';

const headers = { 'content-type': 'application/json' };
/** Response to nearly every request, made once. */
const acceptedOne: RawResponse = { status: 202, headers, body: '{"accepted":1,"rejected":[]}' };

const example = { name: 'Orion', version: '3.10.1', instance: 'orion-7f9c', interval: 30 };

const operation: Operation = {
  tag: 'heartbeats',
  summary: 'Send heartbeats',
  description:
    'One heartbeat, an array of them, or one a line (NDJSON). The body is read as JSON whatever ' +
    'its Content-Type says. 202 means that all accepted heartbeats are on disk. `interval` is a ' +
    'promise: without a heartbeat the instance is late after two intervals, and down after four.',
  body: {
    description: 'One heartbeat or many.',
    content: {
      'application/json': z.union([heartbeatSchema, z.array(heartbeatSchema).min(1)]),
      'application/x-ndjson': z.string(),
    },
    example,
  },
  responses: {
    202: json('At least one heartbeat is accepted.', receiptSchema, { accepted: 1, rejected: [] }),
  },
  problems: [
    'malformed-body',
    'heartbeats-rejected',
    'body-too-large',
    'too-many-heartbeats',
    'unsupported-encoding',
    'outbox-full',
    'store-unavailable',
    'stopping',
  ],
};

/** `POST /api/v1/heartbeats`: the native protocol. */
export function heartbeatsRawRoute(ingest: Ingest): RawRoute {
  return {
    path: '/api/v1/heartbeats',
    methods: 'POST',
    scope: 'ingest',
    operation,
    async handle(body, caller) {
      const result = await ingest.acceptBody(body, caller);
      if (result.kind === 'problem') return problemResponse(result.problem);
      const { accepted, rejected } = result;
      if (accepted === 1 && rejected.length === 0) return acceptedOne;
      return { status: 202, headers, body: JSON.stringify({ accepted, rejected }) };
    },
    refuse(problem) {
      ingest.noteRefusal('native', problem.code);
      return problemResponse(problem);
    },
  };
}
