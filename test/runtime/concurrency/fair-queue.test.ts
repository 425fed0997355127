import { describe, expect, it } from '@jest/globals';
import { FairQueue, QueueFull } from '../../../service/runtime/concurrency/fair-queue.ts';

const limits = { maxRunning: 2, maxRunningOfCaller: 1, maxWaiting: 10, maxWaitingOfCaller: 4 };
const connected = new AbortController().signal;

function fixture() {
  const queue = new FairQueue(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (caller: string, name: string, signal = connected) =>
    queue.run(caller, signal, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { begun, run, end };
}

describe('FairQueue', () => {
  it('gives free places to the callers in turn', async () => {
    const { begun, run, end } = fixture();
    const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => run(name.slice(0, 1), name));
    expect(begun).toEqual(['a1', 'b1']);
    await end('a1');
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    for (const name of ['b1', 'c1', 'a2', 'b2', 'a3']) await end(name);
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
  });

  it('does not let one caller take all places', async () => {
    const { begun, run } = fixture();
    void run('a', 'a1');
    void run('a', 'a2');
    expect(begun).toEqual(['a1']);
    void run('b', 'b1');
    expect(begun).toEqual(['a1', 'b1']);
  });

  it('rejects what would wait beyond the limits', async () => {
    const { run } = fixture();
    for (let n = 0; n < 5; n++) void run('a', `a${n}`);
    await expect(run('a', 'a5')).rejects.toThrow(QueueFull);
    for (const caller of ['b', 'c', 'd', 'e', 'f', 'g']) void run(caller, caller);
    void run('h', 'h');
    await expect(run('i', 'i')).rejects.toThrow(QueueFull);
  });

  it('forgets work whose caller leaves before its turn', async () => {
    const { begun, run, end } = fixture();
    const leaving = new AbortController();
    void run('a', 'a1');
    const second = run('a', 'a2', leaving.signal);
    void run('a', 'a3');
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    await end('a1');
    expect(begun).toEqual(['a1', 'a3']);
  });

  it('frees the place of failed work', async () => {
    const { begun, run } = fixture();
    const queue = new FairQueue(limits);
    await expect(
      queue.run('a', connected, () => Promise.reject(new Error('bug'))),
    ).rejects.toThrow();
    expect(await queue.run('a', connected, () => 'done')).toBe('done');
    void run('a', 'a1');
    expect(begun).toEqual(['a1']);
  });
});
