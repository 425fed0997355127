import type { Identity } from '../instance.ts';
import type { FieldError } from '../problem.ts';

/** Scopes that a token or a certificate can have. No scope includes another. */
export const grants = ['ingest', 'read', 'admin'] as const;
export type Grant = (typeof grants)[number];

/** Sender of a request, as far as ingest has to know it. */
export type Caller = {
  /** Name of the token or certificate; undefined where access is open. */
  readonly name: string | undefined;
  /**
   * Returns why the caller may not send a heartbeat of this instance; `path` is the place of the
   * heartbeat in the request. Absent if the caller may send any.
   */
  readonly authorize?: (instance: Identity, path: string) => FieldError | undefined;
};

/** The caller where access is open. */
export const anonymous: Caller = { name: undefined };
