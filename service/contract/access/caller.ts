import type { Identity } from '../instance.ts';
import type { FieldError } from '../problem.ts';

/** What a token or a certificate can be good for. None of them includes another. */
export const grants = ['ingest', 'read', 'admin'] as const;
export type Grant = (typeof grants)[number];

/** Who sends heartbeats, as far as that matters to those who take them. */
export type Caller = {
  /** Of the token or certificate; undefined where nobody has to show one. */
  readonly name: string | undefined;
  /**
   * Why this caller may not send such a heartbeat; `path` is where it stands in the request. Absent
   * where it may send any.
   */
  readonly bar?: (heartbeat: Identity, path: string) => FieldError | undefined;
};

/** Whoever it is: for a service that everybody who reaches it may use. */
export const anyone: Caller = { name: undefined };
