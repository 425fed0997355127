import type { LogRecord } from '../../contract/log-record.ts';
import type { Destination } from '../../contract/outcome.ts';

/** A destination of records. */
export type Forwarding = {
  readonly deliver: Destination<LogRecord>;
  close(): void;
};
