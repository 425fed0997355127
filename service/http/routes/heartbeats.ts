import type { Lane } from '../../contract/lane.ts';
import { type Answer, problemAnswer } from '../../contract/problem.ts';
import type { Ingest } from '../../ingest/ingest.ts';

const headers = { 'content-type': 'application/json' };
/** The answer to nearly every request, made once. */
const one: Answer = { status: 202, headers, body: '{"accepted":1,"rejected":[]}' };

/** `POST /api/v1/heartbeats`: the native way in. */
export function heartbeatsLane(ingest: Ingest): Lane {
  return {
    path: '/api/v1/heartbeats',
    methods: 'POST',
    async handle(body) {
      const result = await ingest.acceptBody(body);
      if (result.kind === 'problem') return problemAnswer(result.problem);
      const { accepted, rejected } = result;
      if (accepted === 1 && rejected.length === 0) return one;
      return { status: 202, headers, body: JSON.stringify({ accepted, rejected }) };
    },
    refuse(problem) {
      ingest.noteRefusal('native', problem.code);
      return problemAnswer(problem);
    },
  };
}
