import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InstancePresence } from '../../../service/contract/presence.ts';
import {
  createStoredComponents,
  findPresences,
} from '../../../service/query/period/find-presences.ts';
import { groupKeys } from '../../../service/query/period/groups.ts';
import { packMemory, unpackMemory } from '../../../service/query/period/memory.ts';
import type { PresenceSet } from '../../../service/query/period/presence-columns.ts';
import { createSlicer } from '../../../service/runtime/concurrency/slicer.ts';
import { openPresenceScan } from '../../../service/store/presences/scan.ts';
import { type Check, createRun, sorted, stepArbitrary } from '../../ledger/history.ts';
import { openTestStore } from '../../support/open-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const patient = new AbortController().signal;

function presencesOf({ presences, instances }: PresenceSet): InstancePresence[] {
  return Array.from({ length: presences.length }, (_, at) => ({
    ...(instances[presences.instance[at] ?? 0] ?? { name: '', version: '', instance: '' }),
    fromMs: presences.fromMs[at] ?? 0,
    toMs: presences.toMs[at] ?? 0,
    reachMs: presences.reachMs[at] ?? 0,
  }));
}

describe('findPresences', () => {
  it('has the presences of the reference model in any history, on disk, in memory or on the way', async () => {
    const { presences } = await openTestStore(temporaryFolder());
    // One that looks up what it finds by index, and one that most often goes through everything.
    const scans = [20_000, 0].map((alwaysFew) => {
      const scan = openPresenceScan(presences.file, () => performance.now(), alwaysFew);
      return { scan, components: createStoredComponents(scan) };
    });
    const slicer = createSlicer();

    const check: Check = async ({ ledger, version, fromMs, toMs, expected }) => {
      const memory = unpackMemory(await packMemory(ledger.unwritten(), slicer, patient));
      // While a checkpoint may run.
      await new Promise(setImmediate);
      for (const filter of [
        { version },
        { version, reachingMs: toMs + 2_000 },
        { name: 'Orion', version },
        { version, instance: 'a' },
        { name: 'nobody' },
      ]) {
        const { reachingMs = Number.MAX_SAFE_INTEGER } = filter;
        const query = { fromMs, toMs: toMs + 1, reachingMs, filter, by: groupKeys };
        const meant = expected.filter(
          (presence) =>
            (presence.toMs >= fromMs || presence.reachMs >= reachingMs) &&
            (filter.name ?? 'Orion') === 'Orion' &&
            (filter.instance ?? presence.instance) === presence.instance,
        );
        for (const { scan, components } of scans) {
          const found = scan.atOnce(() =>
            findPresences({ scan, components, memory, onPresence() {} }, query),
          );
          expect(sorted(presencesOf(found))).toEqual(sorted(meant));
          expect(new Set(found.instances.map((one) => one.instance))).toEqual(
            new Set(meant.map(({ instance }) => instance)),
          );
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 100, size: 'max' }), async (steps) => {
        const step = createRun(presences, check);
        for (const next of steps) await step(next);
        await step({ kind: 'read', from: 0, length: 10_000 });
        await step({ kind: 'settle' });
        await step({ kind: 'crash' });
        await step({ kind: 'read', from: 0, length: 10_000 });
        await step({ kind: 'checkpoint', commits: Infinity, isAwaited: true });
        await step({ kind: 'read', from: 0, length: 10_000 });
      }),
      { numRuns: 60 },
    );
    for (const { scan } of scans) scan.close();
  }, 120_000);
});
