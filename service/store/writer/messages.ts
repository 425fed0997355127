import type { SQLInputValue } from 'node:sqlite';
import type { StoreFailure } from '../failure.ts';

/** One SQL statement with its parameters. */
export type Statement = readonly [sql: string, ...parameters: SQLInputValue[]];

/** Response of the thread. */
export type WriterResponse = {
  readonly failure?: StoreFailure;
  readonly hasMore?: boolean;
  readonly hasShrunk?: boolean;
};

/** Request to the thread. */
export type WriterRequest =
  | readonly Statement[]
  | { readonly kind: 'shrink'; readonly keepPages: number }
  | { readonly kind: 'close' };
