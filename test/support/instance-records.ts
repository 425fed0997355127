import type { InstanceRecord } from '../../service/contract/instance.ts';

/** A record of an instance that is well; the test says what matters to it. */
export const instanceRecord = (given: Partial<InstanceRecord> = {}): InstanceRecord => ({
  name: 'component',
  version: '1.0',
  instance: 'instance',
  id: 1,
  state: 'up',
  stateSinceMs: 1_800_000_000_000,
  firstSeenMs: 1_800_000_000_000,
  receivedAtMs: 1_800_000_000_000,
  lastHeardMs: 0,
  intervalSeconds: 0,
  lastSeq: 1,
  flags: 0,
  clockOffsetMs: 0,
  ...given,
});
