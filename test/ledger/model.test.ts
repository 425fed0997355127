import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { always, nowMs, openLedger } from './fixture.ts';
import { type Check, createRun, stepArbitrary } from './history.ts';

const check: Check = ({ ledger, version, fromMs, toMs, expected }) => {
  for (const identity of ['a', 'b'].map((instance) => ({ name: 'Orion', version, instance }))) {
    expect(ledger.presencesOf(identity, fromMs, toMs)).toEqual(
      expected
        .filter(({ instance }) => instance === identity.instance)
        .map(({ fromMs: from, toMs: to, reachMs }) => ({ fromMs: from, toMs: to, reachMs })),
    );
    const ref = ledger.refs.refOf(identity);
    if (ref === undefined) continue;
    expect(ledger.latestOf(ref, fromMs)).toEqual(
      ledger.presencesOf(identity, fromMs, Number.MAX_SAFE_INTEGER).at(-1),
    );
  }
};

describe('createLedger', () => {
  it('has the presences of the reference model after any history', async () => {
    const { presences } = await openTestStore(temporaryFolder());
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 100, size: 'max' }), async (steps) => {
        const step = createRun(presences, check);
        for (const next of steps) await step(next);
        await step({ kind: 'read', from: 0, length: 10_000 });
        await step({ kind: 'settle' });
        await step({ kind: 'crash' });
        await step({ kind: 'read', from: 0, length: 10_000 });
        await step({ kind: 'checkpoint', commits: Infinity, isAwaited: true });
        await step({ kind: 'crash' });
        await step({ kind: 'read', from: 0, length: 10_000 });
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('finds on disk what the process before it wrote', async () => {
    const folder = temporaryFolder();
    const first = await openTestStore(folder);
    const before = openLedger(first.presences);
    before.beat(nowMs);
    before.beat(nowMs + 10_000_000);
    await before.checkpoint();
    const told = before.presencesOf({ name: 'Orion', version: '1.0', instance: 'a' }, ...always);
    await first.close();

    const second = await openTestStore(folder);
    const after = openLedger(second.presences);
    expect(told).toHaveLength(2);
    expect(after.presencesOf({ name: 'Orion', version: '1.0', instance: 'a' }, ...always)).toEqual(
      told,
    );
  });
});
