import type { PresenceScan } from '../../store/presences/scan.ts';
import { answerOf, type Counted, count, type WrittenAnswer } from '../active/answer.ts';
import type { AskedActive } from '../active/asked.ts';
import { writeRows } from '../active/written.ts';
import type { AskedAvailability } from '../availability/asked.ts';
import { type Measured, measure, type WasThere } from '../availability/measure.ts';
import type { Format } from '../rows/writer.ts';
import { gather } from './gather.ts';
import type { KnownComponents } from './identities.ts';
import { type Memory, wasThereInMemory } from './memory.ts';

/** What can be asked about a period, and what is answered. */
export type Task =
  | { readonly kind: 'count'; readonly asked: AskedActive }
  /** To be counted, and written where it is counted. */
  | { readonly kind: 'write'; readonly asked: AskedActive; readonly format: Format }
  | { readonly kind: 'measure'; readonly asked: AskedAvailability };

export type Result =
  | { readonly kind: 'count'; readonly counted: Counted }
  | { readonly kind: 'write'; readonly answer: WrittenAnswer }
  | { readonly kind: 'measure'; readonly measured: readonly Measured[] };

/** Does it on one state of the store. */
export function perform(
  scan: PresenceScan,
  known: KnownComponents,
  task: Task,
  memory: Memory,
): Result {
  const { fromMs, toMs, nowMs, filter, by } = task.asked;
  const needsInstance = by === 'instance' || by.includes('instance');
  // Who is up is available since its last heartbeat too, though it was not active since then.
  const reaching = task.kind === 'measure' ? { reachingMs: nowMs } : {};
  const needed = { fromMs, toMs, ...reaching, filter, needsInstance };
  const { presences, instances } = gather(scan, known, needed, memory);
  switch (task.kind) {
    case 'count':
      return { kind: 'count', counted: count(task.asked, presences, instances) };
    case 'write': {
      const counted = count(task.asked, presences, instances);
      return { kind: 'write', answer: written(task.asked, counted, task.format) };
    }
    case 'measure': {
      const wasThere: WasThere = ({ name = '', version = '', instance }) => {
        const whose = { name, version, ...(instance === undefined ? {} : { instance }) };
        return scan.wasThere(whose, fromMs) || wasThereInMemory(memory, whose, fromMs);
      };
      return { kind: 'measure', measured: measure(task.asked, presences, instances, wasThere) };
    }
  }
}

function written(asked: AskedActive, counted: Counted, format: Format): WrittenAnswer {
  const answer = answerOf(asked, counted);
  if (answer.kind === 'too-many') return answer;
  return { kind: 'written', text: new Uint8Array(writeRows(asked, answer.rows, format)) };
}
