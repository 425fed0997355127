import { describe, expect, it } from '@jest/globals';
import { createFailedLogins } from '../../service/access/failed-logins.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function createFixture() {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const failedLogins = createFailedLogins(clock, stopping.signal);
  const note = (address: string, times: number) =>
    Array.from({ length: times }, () => failedLogins.add(address));
  const kinds = (address: string, times: number) =>
    note(address, times).map((slowed) => slowed?.kind ?? 'at once');
  return { clock, stopping, failedLogins, note, kinds };
}

describe('createFailedLogins', () => {
  it('responds to ten at once, then with growing delay, and rejects the rest', () => {
    const { kinds } = createFixture();
    expect(kinds('a', 10)).toEqual(Array(10).fill('at once'));
    expect(kinds('a', 5)).toEqual(Array(5).fill('delayed'));
    expect(kinds('a', 100)).toEqual(Array(100).fill('too-many'));
  });

  it('slows no other address', () => {
    const { kinds } = createFixture();
    kinds('a', 1_000);
    expect(kinds('b', 10)).toEqual(Array(10).fill('at once'));
  });

  it('delays responses by one second each, and forgets in time', async () => {
    const { clock, note, kinds } = createFixture();
    const answered: number[] = [];
    for (const [index, slowed] of note('a', 13).entries()) {
      if (slowed?.kind === 'delayed') void slowed.until.then(() => answered.push(index));
    }
    expect(answered).toEqual([]);
    await clock.advance(1_000);
    expect(answered).toEqual([10]);
    await clock.advance(2_000);
    expect(answered).toEqual([10, 11, 12]);
    await clock.advance(20_000);
    expect(kinds('a', 10)).toEqual(Array(10).fill('at once'));
  });

  it('delays a bounded number of responses, from however many addresses', () => {
    const { note } = createFixture();
    const late = Array.from({ length: 400 }, (_, n) => note(`${n}`, 15))
      .flat()
      .filter((slowed) => slowed?.kind === 'delayed');
    expect(late).toHaveLength(1_000);
  });

  it('delays others again once delayed responses are sent', async () => {
    const { clock, note } = createFixture();
    const delayedOf = (prefix: string) =>
      Array.from({ length: 400 }, (_, n) => note(`${prefix}${n}`, 15))
        .flat()
        .filter((slowed) => slowed?.kind === 'delayed').length;
    expect(delayedOf('a')).toBe(1_000);
    expect(delayedOf('b')).toBe(0);
    await clock.advance(10_000);
    expect(delayedOf('c')).toBe(1_000);
  });

  it('sends all delayed responses when the service stops', async () => {
    const { stopping, note } = createFixture();
    const late = note('a', 15).filter((slowed) => slowed?.kind === 'delayed');
    stopping.abort();
    await Promise.all(late.map((slowed) => slowed?.kind === 'delayed' && slowed.until));
  });
});
