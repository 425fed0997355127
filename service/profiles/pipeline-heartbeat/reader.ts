import type { Caller } from '../../contract/access/caller.ts';
import type { Relayed } from '../../ingest/check-heartbeat.ts';
import type { Acceptance, Ingest } from '../../ingest/ingest.ts';
import { readPublisherMessage } from './publisher-message.ts';

/** Accepts messages of publishers; undefined for messages of another kind. */
export const createPublisherReader =
  (ingest: Pick<Ingest, 'acceptAll'>, intervalSeconds: number) =>
  (body: Buffer, caller: Caller, relayed: Relayed): Promise<Acceptance> | undefined => {
    const candidates = readPublisherMessage(body, intervalSeconds);
    return candidates && ingest.acceptAll('pipeline-heartbeat', candidates, caller, relayed);
  };
