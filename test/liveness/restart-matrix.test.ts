import { describe, expect, it } from '@jest/globals';
import { createFixture, type Fixture, orion, type Sender } from './fixture.ts';

/** The sender declares ten seconds: late after 20, down after 40. It takes 2 % more than that. */
const intervalMs = 10_000;
const slowness = 1.02;
const downMs = 40_000;

type Case = {
  readonly fixture: Fixture;
  readonly sender: Sender;
  /** The service is away, after a crash or an orderly stop. */
  away(ms: number): Promise<void>;
};

/** A service and a sender of some phase against it. */
async function begin(phaseMs: number, isCrash: boolean): Promise<Case> {
  const fixture = createFixture({ checkpointEveryMs: 7_000 });
  const sender = fixture.sender(orion('a'), {
    intervalMs,
    nextMs: phaseMs,
    jitter: () => slowness,
  });
  await fixture.run(21_000);
  return {
    fixture,
    sender,
    async away(ms) {
      if (isCrash) fixture.kill();
      else await fixture.stop();
      await fixture.run(ms);
      fixture.start();
    },
  };
}

/**
 * About so many times the threshold; and a bit more than a multiple of the period, so that in one
 * phase a heartbeat is lost right at the beginning, and one right at the end: the sender was not
 * received for two periods then, while the service ran.
 */
const periodMs = intervalMs * slowness;
const outages = [0.5, 1, 3, 10].map(
  (factor) => Math.ceil((factor * downMs) / periodMs) * periodMs + 200,
);
const phases = [700, ...Array.from({ length: 8 }, (_, index) => index * 1_275)];
const endings = [true, false];

const cases = outages.flatMap((outageMs) =>
  endings.map((isCrash) => ({ outageMs, isCrash, how: isCrash ? 'crash' : 'stop' })),
);

const everyPhase = async (isCrash: boolean, check: (one: Case) => Promise<void>) => {
  for (const phaseMs of phases) await check(await begin(phaseMs, isCrash));
};

describe.each(cases)('Evaluator: away for $outageMs ms after a $how', (one) => {
  const { outageMs, isCrash } = one;

  it('reports nothing of a sender that lives', () =>
    everyPhase(isCrash, async ({ fixture, away }) => {
      await away(outageMs);
      await fixture.run(90_000);
      expect(fixture.kinds()).toEqual(['started']);
    }));

  it.each([0, 5_000, 15_000])('finds a sender that died %d ms before, once', (beforeMs) =>
    everyPhase(isCrash, async ({ fixture, sender, away }) => {
      sender.isAlive = false;
      await fixture.run(beforeMs);
      await away(outageMs);
      const returnedMs = fixture.nowMs();
      await fixture.run(downMs + 1_100);
      expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
      await fixture.run(90_000);
      expect(fixture.kinds()).toHaveLength(3);
      const blindMs = fixture.evaluator.status().blindMs.down;
      const lastHeardMs = sender.nextMs - intervalMs;
      expect(returnedMs - lastHeardMs).toBeLessThan(blindMs + intervalMs + beforeMs + 1);
    }),
  );

  it('finds a sender that died meanwhile, once', () =>
    everyPhase(isCrash, async ({ fixture, sender, away }) => {
      const halfMs = outageMs / 2;
      if (isCrash) fixture.kill();
      else await fixture.stop();
      await fixture.run(halfMs);
      sender.isAlive = false;
      await fixture.run(halfMs);
      fixture.start();
      await fixture.run(downMs + 1_100);
      expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
      await away(1_000);
      await fixture.run(90_000);
      expect(fixture.kinds()).toHaveLength(3);
    }));

  it('finds a sender that returns too late, once', () =>
    everyPhase(isCrash, async ({ fixture, sender, away }) => {
      sender.isAlive = false;
      await away(outageMs);
      await fixture.run(25_000);
      sender.nextMs = fixture.nowMs();
      sender.isAlive = true;
      await fixture.run(90_000);
      expect(fixture.kinds()).toEqual(['started', 'late', 'recovered']);
    }));

  it('reports nothing of a sender that returns in time', () =>
    everyPhase(isCrash, async ({ fixture, sender, away }) => {
      sender.isAlive = false;
      await away(outageMs);
      await fixture.run(10_200);
      sender.nextMs = fixture.nowMs();
      sender.isAlive = true;
      await fixture.run(90_000);
      expect(fixture.kinds()).toEqual(['started']);
    }));
});

describe('Evaluator: restarted all the time', () => {
  it.each([
    ['crash', true, 0],
    ['crash', true, 9_000],
    ['stop', false, 0],
    ['stop', false, 60_000],
  ])('finds a death (%s %s, away for %d ms)', async (_, isCrash, awayMs) => {
    const { fixture, sender, away } = await begin(300, isCrash);
    sender.isAlive = false;
    for (let restart = 0; restart < 30; restart++) {
      await away(awayMs);
      await fixture.run(downMs / 2 + 500);
    }
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('finds a death also when a run is hardly longer than a period', async () => {
    const { fixture, sender, away } = await begin(300, true);
    sender.isAlive = false;
    for (let restart = 0; restart < 60; restart++) {
      await away(500);
      await fixture.run(1_100);
    }
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('reports nothing of a sender that lives', async () => {
    for (const phaseMs of phases) {
      const { fixture, away } = await begin(phaseMs, phaseMs % 2_600 === 0);
      for (let restart = 0; restart < 30; restart++) {
        await away(9_000);
        await fixture.run(downMs / 2 + 500);
      }
      expect(fixture.kinds()).toEqual(['started']);
    }
  });
});

describe('Evaluator: a redeployment', () => {
  const redeploy = async (saysGoodbye: boolean) => {
    const { fixture, sender } = await begin(0, true);
    sender.isAlive = false;
    if (saysGoodbye) fixture.send(sender, { status: 'stopping' });
    await fixture.run(3_000);
    fixture.sender(orion('b'), { intervalMs });
    await fixture.run(120_000);
    return fixture.kinds();
  };

  it('is no alarm when the instance reported that it is stopping', async () => {
    expect(await redeploy(true)).toEqual(['started', 'retired', 'started']);
  });

  it('is one alarm when it did not', async () => {
    expect(await redeploy(false)).toEqual(['started', 'started', 'late', 'down']);
  });
});
