import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../service/runtime/metrics.ts';
import type { StoreFailure } from '../../service/store/failure.ts';
import { type Contribution, createGroupCommit } from '../../service/store/group-commit.ts';
import type { Statement, WriterResponse } from '../../service/store/writer/messages.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A writer whose commits the test ends one by one. */
function handWriter() {
  const groups: (readonly Statement[])[] = [];
  const answers: ((answer: WriterResponse) => void)[] = [];
  return {
    groups,
    async finish(failure?: StoreFailure) {
      answers.shift()?.(failure ? { failure } : {});
      await turn();
      await turn();
    },
    writer: {
      commit: (statements: readonly Statement[]) =>
        new Promise<WriterResponse>((resolve) => {
          groups.push(statements);
          answers.push(resolve);
        }),
      close: () => Promise.resolve(),
    },
  };
}

function setup(probe?: readonly Statement[]) {
  const hand = handWriter();
  const clock = createFakeClock();
  const { log, lines } = createRecordedLog();
  const commits = createGroupCommit(
    hand.writer,
    { clock, log, metrics: createMetrics() },
    probe && { probe: () => probe },
  );
  return { ...hand, clock, lines, commits };
}

const full: StoreFailure = { reason: 'full', detail: 'database or disk is full' };

describe('createGroupCommit', () => {
  it('puts all writes of a turn into one commit, in their order', async () => {
    const { commits, groups, finish } = setup();
    const done = Promise.all([commits.write([['a']]), commits.write([['b'], ['c', 1]])]);
    await turn();
    expect(groups).toEqual([[['a'], ['b'], ['c', 1]]]);
    await finish();
    await done;
  });

  it('begins the next commit only when the last is done, with all that came meanwhile', async () => {
    const { commits, groups, finish } = setup();
    const first = commits.write([['a']]);
    await turn();
    const later = [commits.write([['b']]), commits.write([['c']])];
    await turn();
    expect(groups).toHaveLength(1);
    await finish();
    await first;
    expect(groups).toEqual([[['a']], [['b'], ['c']]]);
    await finish();
    await Promise.all(later);
  });

  it('acknowledges nothing before the commit is done', async () => {
    const { commits, finish } = setup();
    let answered = false;
    const write = commits.write([['a']]).then(() => {
      answered = true;
    });
    await turn();
    await turn();
    expect(answered).toBe(false);
    await finish();
    await write;
    expect(answered).toBe(true);
  });

  it('fails every contribution of a failed commit, and none after it', async () => {
    const { commits, finish } = setup();
    const both = Promise.allSettled([commits.write([['a']]), commits.write([['b']])]);
    await turn();
    await finish(full);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(commits.failure()).toEqual(full);
    const next = commits.write([['c']]);
    await turn();
    await finish();
    await next;
    expect(commits.failure()).toBeUndefined();
  });

  it('tries each by itself when one of them cannot be carried out, so that the others are', async () => {
    const { commits, groups, finish } = setup();
    const wrong: StoreFailure = { reason: 'other', detail: 'no such table' };
    const all = Promise.allSettled(
      [['a'], ['b'], ['c']].map(([sql = '']) => commits.write([[sql]])),
    );
    await turn();
    await finish(wrong);
    await finish();
    await finish(wrong);
    await finish();
    expect(groups).toEqual([[['a'], ['b'], ['c']], [['a']], [['b']], [['c']]]);
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('stores heartbeats though other contributions of their commit cannot be stored', async () => {
    const { commits, groups, finish, lines } = setup([['probe']]);
    const results: string[] = [];
    const note = (name: string, records: number): Contribution => ({
      statements: [[name]],
      records,
      committed: () => void results.push(`${name} stored`),
      failed: ({ reason }) => void results.push(`${name} failed: ${reason}`),
    });
    commits.join(() => note('heartbeats', 3));
    commits.join(() => note('events', 0));
    commits.schedule();
    await turn();
    const io: StoreFailure = { reason: 'io', detail: 'disk I/O error' };
    await finish(io);
    await finish();
    await finish(io);
    expect(groups).toEqual([[['heartbeats'], ['events']], [['heartbeats']], [['events']]]);
    expect(results).toEqual(['heartbeats stored', 'events failed: io']);
    expect(commits.failure()).toBeUndefined();
    expect(commits.derivedFailure()).toEqual(io);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'store cannot write events and states, but heartbeats: they are accepted',
    ]);
  });

  it('determines by a small write whether heartbeats could be stored when only others fail', async () => {
    const { commits, groups, finish } = setup([['probe']]);
    const attempt = async (ofProbe?: StoreFailure) => {
      const write = commits.write([['events']]).catch(() => undefined);
      await turn();
      await finish(full);
      await finish(ofProbe);
      await write;
    };
    await attempt();
    expect(groups).toEqual([[['events']], [['probe']]]);
    expect([commits.failure(), commits.derivedFailure()]).toEqual([undefined, full]);
    await attempt(full);
    expect(commits.failure()).toEqual(full);
  });

  it('logs an outage once when it begins and once when it ends', async () => {
    const { commits, finish, lines, clock } = setup();
    const attempt = async (failure?: StoreFailure) => {
      const write = commits.write([['a']]).catch(() => undefined);
      await turn();
      await finish(failure);
      await write;
    };
    await attempt();
    await attempt(full);
    await clock.advance(90_000);
    await attempt(full);
    await attempt();
    await attempt();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['error', 'store cannot write: heartbeats are rejected until it can again'],
      ['info', 'store can write again'],
    ]);
    expect(lines[1]).toMatchObject({ seconds: 90 });
  });

  it('measures the time of the commit under way', async () => {
    const { commits, finish, clock } = setup();
    expect(commits.waitingMs()).toBe(0);
    const write = commits.write([['a']]);
    await turn();
    await clock.advance(12_000);
    expect(commits.waitingMs()).toBe(12_000);
    await finish();
    await write;
    expect(commits.waitingMs()).toBe(0);
  });
});
