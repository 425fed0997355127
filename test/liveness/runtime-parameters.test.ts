import { describe, expect, it } from '@jest/globals';
import { patchParameters } from '../../service/liveness/runtime-parameters.ts';
import { createFixture, orion } from './fixture.ts';

const current = {
  lateSeconds: 120,
  downSeconds: 300,
  evaluationSeconds: 1,
  logLevel: 'info',
} as const;

describe('patchParameters', () => {
  it('changes what is named and leaves the rest', () => {
    expect(patchParameters(current, { lateSeconds: 60, logLevel: 'debug' })).toEqual({
      kind: 'changed',
      values: { ...current, lateSeconds: 60, logLevel: 'debug' },
      changes: { lateSeconds: 60, logLevel: 'debug' },
    });
  });

  it('allows both thresholds to move past each other', () => {
    expect(patchParameters(current, { lateSeconds: 400, downSeconds: 500 }).kind).toBe('changed');
  });

  it('names everything that is wrong, by its path', () => {
    const patch = { lateSeconds: 300, evaluationSeconds: 0, logLevel: 'loud', colour: 'red' };
    expect(patchParameters(current, patch)).toEqual({
      kind: 'invalid',
      errors: [
        { path: '$.evaluationSeconds', expected: 'a whole number from 1 to 60', got: '0' },
        expect.objectContaining({ path: '$.logLevel', got: '"loud"' }),
        {
          path: '$.colour',
          expected: 'one of lateSeconds, downSeconds, evaluationSeconds, logLevel',
          got: '"red"',
        },
        { path: '$.downSeconds', expected: 'more than lateSeconds', got: '300' },
      ],
    });
  });

  it.each([
    ['lateSeconds', 1.5],
    ['lateSeconds', '60'],
    ['downSeconds', null],
    ['downSeconds', 1e12],
    ['evaluationSeconds', 61],
    ['logLevel', 3],
    ['__proto__', 1],
    ['constructor', 1],
  ])('refuses %s %j', (key, value) => {
    const patch = JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`);
    expect(patchParameters(current, patch)).toMatchObject({
      kind: 'invalid',
      errors: [{ path: `$.${key}` }],
    });
  });
});

describe('Evaluator: parameters', () => {
  it('are in use at once, also for instances that are there', async () => {
    const fixture = createFixture();
    fixture.send(orion('a'));
    await fixture.run(20_000);
    await fixture.evaluator.patchParameters({ lateSeconds: 30, downSeconds: 60 }, 'ops');
    await fixture.run(11_500);
    expect(fixture.kinds()).toEqual(['started', 'params.changed', 'late']);
    await fixture.run(30_000);
    expect(fixture.kinds().slice(3)).toEqual(['down']);
    expect(fixture.disk.events[1]).toMatchObject({
      reason: 'Changed by ops: lateSeconds from 120 to 30, downSeconds from 300 to 60.',
      data: {
        old: { lateSeconds: 120, downSeconds: 300, evaluationSeconds: 1, logLevel: 'info' },
        new: { lateSeconds: 30, downSeconds: 60, evaluationSeconds: 1, logLevel: 'info' },
        by: 'ops',
      },
    });
  });

  it('are kept over restarts, and make no event when nothing has changed', async () => {
    const fixture = createFixture();
    await fixture.evaluator.patchParameters({ lateSeconds: 30 });
    await fixture.evaluator.patchParameters({ lateSeconds: 30 });
    await fixture.evaluator.patchParameters({});
    fixture.kill();
    fixture.start();
    expect(fixture.evaluator.parameters()).toMatchObject({ lateSeconds: 30, downSeconds: 300 });
    expect(fixture.kinds()).toEqual(['params.changed']);
  });

  it('change nothing when one is wrong', async () => {
    const fixture = createFixture();
    const outcome = await fixture.evaluator.patchParameters({
      lateSeconds: 30,
      evaluationSeconds: 'x',
    });
    expect(outcome.kind).toBe('invalid');
    expect(fixture.evaluator.parameters().lateSeconds).toBe(120);
    expect(fixture.kinds()).toEqual([]);
  });

  it('are dropped when they do not go with the configuration any more', () => {
    const fixture = createFixture({
      saved: { 'liveness.parameters': '{"lateSeconds":500,"logLevel":"warn"}' },
    });
    expect(fixture.evaluator.parameters()).toMatchObject({ lateSeconds: 120, logLevel: 'info' });
    expect(fixture.lines).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  it('may shorten the period in the middle of one: it is not taken for a stall', async () => {
    const fixture = createFixture({ liveness: { evaluationSeconds: 60 } });
    await fixture.run(90_000);
    await fixture.evaluator.patchParameters({ evaluationSeconds: 1 });
    expect(fixture.evaluator.status().logicalMs).toBe(90_000);
    await fixture.run(30_000);
    expect(fixture.evaluator.status()).toMatchObject({ logicalMs: 120_000, blindMs: { stall: 0 } });
  });

  it('is not durable while the disk is full, and says so', async () => {
    const fixture = createFixture();
    fixture.fill(true);
    await expect(fixture.evaluator.patchParameters({ lateSeconds: 30 })).rejects.toThrow('full');
    expect(fixture.kinds()).toEqual([]);
    fixture.fill(false);
    await fixture.run(2_000);
    expect(fixture.kinds()).toEqual(['params.changed']);
  });
});

describe('Evaluator: thresholds of profiles', () => {
  const rules = (lateSeconds: number) => [
    { matches: () => true, lateSeconds, downSeconds: 2 * lateSeconds },
  ];

  it('are in use at once, and durable with what belongs to them', async () => {
    const fixture = createFixture();
    fixture.send(orion('a'));
    await fixture.run(20_000);
    const settings = new Map([['profiles.x', 'kept']]);
    const event = { kind: 'params.changed', subject: undefined, reason: 'Changed.' } as const;
    await fixture.evaluator.changeProfiles({ rules: rules(30), settings, event });
    expect(fixture.disk.settings.get('profiles.x')).toBe('kept');
    await fixture.run(11_500);
    expect(fixture.kinds()).toEqual(['started', 'params.changed', 'late']);
    await fixture.run(30_000);
    expect(fixture.kinds().slice(3)).toEqual(['down']);
  });

  it('may have each change reported at once, also of a mass outage and of flapping instances', async () => {
    const fixture = createFixture({ liveness: { massOutage: { minInstances: 2 } } });
    const mirrored = rules(2).map((rule) => ({ ...rule, reporting: 'each' as const }));
    await fixture.evaluator.changeProfiles({ rules: mirrored, settings: new Map() });
    for (let round = 0; round < 10; round++) {
      for (const instance of ['a', 'b', 'c']) fixture.send(orion(instance));
      await fixture.run(10_000);
    }
    const each = Array.from({ length: 9 }, () => ['recovered', 'late', 'down']).flat();
    for (const instance of ['a', 'b', 'c']) {
      expect(fixture.kinds({ instance })).toEqual(['started', 'late', 'down', ...each]);
    }
    expect(fixture.kinds()).toHaveLength(3 * 30);
  });

  it('are not durable while the disk is full, and say so', async () => {
    const fixture = createFixture();
    fixture.fill(true);
    const settings = new Map([['profiles.x', 'kept']]);
    const changing = fixture.evaluator.changeProfiles({ rules: rules(30), settings });
    await expect(changing).rejects.toThrow('full');
    fixture.fill(false);
    await fixture.run(2_000);
    expect(fixture.disk.settings.get('profiles.x')).toBe('kept');
  });
});
