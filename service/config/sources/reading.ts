import type { ConfigProblem } from '../problem.ts';
import type { Given } from './origin.ts';

/** What one source says, by path of the setting, and what is wrong with it. */
export type Reading = {
  readonly given: ReadonlyMap<string, Given>;
  readonly problems: readonly ConfigProblem[];
};

export const emptyReading: Reading = { given: new Map(), problems: [] };
