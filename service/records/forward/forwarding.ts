import type { RecordsConfig } from '../../config/sections/records/records.ts';
import type { Destination } from '../../contract/outcome.ts';
import type { LogRecord } from '../../contract/records/log-record.ts';

/** Where records go, and how. */
export type ForwardTarget = RecordsConfig['forward'] & { readonly url: string };

/** A destination of records. */
export type Forwarding = {
  readonly deliver: Destination<LogRecord>;
  close(): void;
};
