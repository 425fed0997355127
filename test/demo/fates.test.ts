import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Fate, plannedFates, playFates } from '../../demo/fates.ts';
import { cast } from '../../demo/fleet/components.ts';
import type { Fleet } from '../../demo/fleet/fleet.ts';
import { createJournal } from '../../demo/journal.ts';

const first = (count: number, plan: Generator<Fate>) => plan.take(count).toArray();

describe('plannedFates', () => {
  it('has a death, a goodbye and a redeployment every 30 s, without an end', () => {
    expect(first(4, plannedFates())).toEqual([
      { atSeconds: 3, kind: 'death' },
      { atSeconds: 6, kind: 'goodbye' },
      { atSeconds: 8, kind: 'redeployment' },
      { atSeconds: 33, kind: 'death' },
    ]);
  });

  it('hurries in a short demo, and begins no round that it cannot end', () => {
    expect([...plannedFates(10)].map(({ atSeconds }) => atSeconds)).toEqual([1.5, 3, 4]);
    expect([...plannedFates(49)]).toHaveLength(3);
    expect([...plannedFates(50)]).toHaveLength(6);
  });
});

/** A fleet that does nothing but say what it was told; the next new instance is `new`. */
function stage(hasTold: () => boolean) {
  const acts: string[] = [];
  const act = (what: string, name: string, instances: readonly string[]) => {
    acts.push(`${what} ${name} ${instances.join()}`);
    return instances;
  };
  const fleet: Pick<Fleet, 'start' | 'kill' | 'dismiss'> = {
    start: ({ version }, instances = ['new']) => act('start', version, instances),
    kill: async ({ version }) => act('kill', version, ['old']),
    dismiss: async ({ version }) => act('dismiss', version, ['old']),
  };
  const journal = createJournal();
  return { acts, journal, stage: { fleet, journal, book: { has: hasTold } } };
}

describe('playFates', () => {
  it('replaces one by another without a goodbye', async () => {
    const { acts, journal, stage: given } = stage(() => false);
    const fates = playFates([{ atSeconds: 0, kind: 'redeployment' }], given);
    while (acts.length < 2) await delay(5);
    await fates.stop();
    const { version } = cast.replaced;
    expect(acts).toEqual([`kill ${version} old`, `start ${version} new`]);
    expect(journal.entries.map(({ text }) => text)).toEqual([
      'Orion 4.0.0 old is replaced by new without a goodbye',
    ]);
  });

  it('brings the dead back once the service has told of the death', async () => {
    let isTold = false;
    const { acts, journal, stage: given } = stage(() => isTold);
    const fates = playFates([{ atSeconds: 0, kind: 'death' }], given);
    await delay(300);
    expect(acts).toHaveLength(1);
    isTold = true;
    while (acts.length < 2) await delay(20);
    await fates.stop();
    const { version } = cast.mortal;
    expect(acts).toEqual([`kill ${version} old`, `start ${version} old`]);
    expect(journal.entries.at(-1)?.text).toBe('Orion 3.10.1 old comes back');
  });

  it('does nothing any more when it is stopped', async () => {
    const { acts, journal, stage: given } = stage(() => true);
    const fates = playFates(
      [
        { atSeconds: 0, kind: 'goodbye' },
        { atSeconds: 600, kind: 'death' },
      ],
      given,
    );
    while (acts.length < 1) await delay(5);
    await fates.stop();
    expect(acts).toEqual([`dismiss ${cast.polite.version} old`]);
    expect(journal.entries.filter(({ voice }) => voice === 'trouble')).toEqual([]);
  });
});
