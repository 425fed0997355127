import fc from 'fast-check';
import { type Fixture, orion } from './fixture.ts';

/** Things that happen, one after the other, to three instances and to the service. */
export type Step =
  | { readonly kind: 'wait' | 'stall' | 'suspend'; readonly ms: number }
  | { readonly kind: 'beat' | 'goodbye' | 'history' | 'delete'; readonly who: number }
  | { readonly kind: 'crash' | 'stop' | 'full'; readonly ms: number }
  | { readonly kind: 'step'; readonly ms: number };

const who = fc.nat({ max: 2 });
const wait = fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 15_000 }) });
const beat = fc.record({ kind: fc.constant('beat' as const), who });
const rest = fc.record({ kind: fc.constantFrom('goodbye', 'history', 'delete'), who });
const trouble = fc.oneof(
  fc.record({
    kind: fc.constantFrom('crash', 'stop', 'full', 'stall', 'suspend'),
    ms: fc.oneof(fc.constant(0), fc.nat({ max: 30_000 })),
  }),
  fc.record({
    kind: fc.constant('step' as const),
    ms: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  }),
);

/** What senders and people do. */
export const anyScript: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: wait }, { weight: 4, arbitrary: beat }, rest),
  { maxLength: 60 },
);

/** And what befalls the service. */
export const anyTroubledScript: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: wait }, { weight: 4, arbitrary: beat }, rest, {
    weight: 2,
    arbitrary: trouble,
  }),
  { maxLength: 60 },
);

export const instances = ['a', 'b', 'c'].map((name) => orion(name));
const identityOf = (index: number) => instances[index] ?? orion('a');

/** Times of heartbeats in a spool: years ago, each later than the one before. */
const spools = new WeakMap<Fixture, number>();
function oldMs(fixture: Fixture): number {
  const sent = spools.get(fixture) ?? 0;
  spools.set(fixture, sent + 1);
  return 1_700_000_000_000 + sent * 1_000_000;
}

/** Whether a heartbeat that makes an instance look alive was taken. */
export async function perform(fixture: Fixture, step: Step): Promise<boolean> {
  switch (step.kind) {
    case 'wait':
      await fixture.run(step.ms);
      return false;
    case 'stall':
      await fixture.stall(step.ms);
      return false;
    case 'suspend':
      fixture.time.suspend(step.ms);
      return false;
    case 'step':
      fixture.time.stepWall(step.ms);
      return false;
    case 'beat':
      return fixture.send(identityOf(step.who));
    case 'goodbye':
      fixture.send(identityOf(step.who), { status: 'stopping' });
      return false;
    case 'history':
      for (let n = 0; n < 3; n++) {
        fixture.send(identityOf(step.who), { timestampMs: oldMs(fixture) });
      }
      return false;
    case 'delete':
      await fixture.evaluator.retire(identityOf(step.who), 'a person').catch(() => undefined);
      return false;
    case 'crash':
    case 'stop':
      if (step.kind === 'crash') fixture.kill();
      else await fixture.stop();
      await fixture.run(step.ms);
      fixture.start();
      return false;
    case 'full':
      fixture.fill(true);
      await fixture.run(step.ms);
      fixture.fill(false);
      return false;
  }
}
