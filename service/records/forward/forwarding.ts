import type { Destination } from '../../contract/outcome.ts';
import type { LogRecord } from '../../contract/records/log-record.ts';

/** A destination of records. */
export type Forwarding = {
  readonly deliver: Destination<LogRecord>;
  close(): void;
};
