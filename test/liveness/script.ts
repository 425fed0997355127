import fc from 'fast-check';
import { orion, type World } from './fixture.ts';

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
const spools = new WeakMap<World, number>();
function oldMs(world: World): number {
  const sent = spools.get(world) ?? 0;
  spools.set(world, sent + 1);
  return 1_700_000_000_000 + sent * 1_000_000;
}

/** Whether a heartbeat that makes an instance look alive was taken. */
export async function perform(world: World, step: Step): Promise<boolean> {
  switch (step.kind) {
    case 'wait':
      await world.run(step.ms);
      return false;
    case 'stall':
      await world.stall(step.ms);
      return false;
    case 'suspend':
      world.time.suspend(step.ms);
      return false;
    case 'step':
      world.time.stepWall(step.ms);
      return false;
    case 'beat':
      return world.send(identityOf(step.who));
    case 'goodbye':
      world.send(identityOf(step.who), { status: 'stopping' });
      return false;
    case 'history':
      for (let n = 0; n < 3; n++) {
        world.send(identityOf(step.who), { timestampMs: oldMs(world) });
      }
      return false;
    case 'delete':
      await world.evaluator.retire(identityOf(step.who), 'a person').catch(() => undefined);
      return false;
    case 'crash':
    case 'stop':
      if (step.kind === 'crash') world.kill();
      else await world.stop();
      await world.run(step.ms);
      world.start();
      return false;
    case 'full':
      world.fill(true);
      await world.run(step.ms);
      world.fill(false);
      return false;
  }
}
