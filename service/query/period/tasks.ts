import type { PresenceScan } from '../../store/presences/scan.ts';
import { type Counted, count } from '../active/answer.ts';
import type { AskedActive } from '../active/asked.ts';
import type { AskedAvailability } from '../availability/asked.ts';
import { type Measured, measure } from '../availability/measure.ts';
import { gather } from './gather.ts';
import type { KnownComponents } from './identities.ts';
import { type Memory, wasThereInMemory } from './memory.ts';

/** What can be asked about a period, and what is answered. */
export type Task =
  | { readonly kind: 'count'; readonly asked: AskedActive }
  | { readonly kind: 'measure'; readonly asked: AskedAvailability };

export type Result =
  | { readonly kind: 'count'; readonly counted: Counted }
  | { readonly kind: 'measure'; readonly measured: readonly Measured[] };

/** Does it on one state of the store. */
export function perform(
  scan: PresenceScan,
  known: KnownComponents,
  { kind, asked }: Task,
  memory: Memory,
): Result {
  const { fromMs, toMs, filter } = asked;
  const gathered = (needsInstance: boolean) =>
    gather(scan, known, { fromMs, toMs, filter, needsInstance }, memory);
  if (kind === 'count') {
    const { presences, instances } = gathered(asked.by.includes('instance'));
    return { kind, counted: count(asked, presences, instances) };
  }
  const { presences, instances } = gathered(asked.by === 'instance');
  const measured = measure(asked, presences, instances, ({ name = '', version = '', instance }) => {
    const whose = { name, version, ...(instance === undefined ? {} : { instance }) };
    return scan.wasThere(whose, fromMs) || wasThereInMemory(memory, whose, fromMs);
  });
  return { kind, measured };
}
