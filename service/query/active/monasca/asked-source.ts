import { choice, truth } from '../../described.ts';
import type { Parameters } from '../../parameters.ts';

/** Who is asked. */
export const sources = ['ledger', 'monasca'] as const;

export type AskedSource = {
  readonly source: (typeof sources)[number];
  /** Both are asked, and told are the rows in which they differ. */
  readonly isCompared: boolean;
};

const source = choice(
  'source',
  sources,
  'ledger',
  'Who answers: our own ledger, or Monasca, from the heartbeats that were delivered to it. Of more ' +
    'heartbeats than can be read one by one, Monasca is asked for the spans in which there was ' +
    'one: then `active` is exact but for those who sent nothing in the period, `max`, `started` ' +
    'and `ended` are to the span, and the header Heartbeat-Resolution tells its seconds.',
);
const compare = truth(
  'compare',
  'Whether both are asked, and only the rows in which they differ are told, with `ledger`, ' +
    '`monasca` and `difference` in place of the counts.',
);
export const sourceParameters = [source, compare];

export const readSource = (parameters: Parameters): AskedSource => ({
  source: source.read(parameters),
  isCompared: compare.read(parameters) ?? false,
});
