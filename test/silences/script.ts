import fc from 'fast-check';
import type { Fixture } from '../liveness/fixture.ts';
import { anyScript, anyTroubledScript, instances, perform, type Step } from '../liveness/script.ts';

/** What people do about silences, beside what happens to three instances. */
export type QuietStep =
  | Step
  | {
      readonly kind: 'silence';
      /** Undefined: all instances. */
      readonly who: number | undefined;
      readonly delayMs: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'end'; readonly which: number };

const silence = fc.record({
  kind: fc.constant('silence' as const),
  who: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
  delayMs: fc.oneof(fc.constant(0), fc.nat({ max: 20_000 })),
  durationMs: fc.integer({ min: 1, max: 40 }).map((seconds) => seconds * 1_000),
});
const end = fc.record({ kind: fc.constant('end' as const), which: fc.nat({ max: 5 }) });

function mixed(script: fc.Arbitrary<Step[]>): fc.Arbitrary<QuietStep[]> {
  const quiet = fc.array(fc.oneof({ weight: 3, arbitrary: silence }, end), { maxLength: 12 });
  const places = fc.array(fc.nat({ max: 1_000 }), { minLength: 12, maxLength: 12 });
  return fc.tuple(script, quiet, places).map(([steps, more, at]) => {
    const all: QuietStep[] = [...steps];
    for (const [index, step] of more.entries()) {
      all.splice((at[index] ?? 0) % (all.length + 1), 0, step);
    }
    return all;
  });
}

export const anyQuietScript = mixed(anyScript);
export const anyTroubledQuietScript = mixed(anyTroubledScript);

/** A silence as it was made, in the time of the fixture. */
export type Made = {
  readonly id: string;
  readonly who: number | undefined;
  readonly madeMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  endedMs?: number;
};

export async function performQuiet(fixture: Fixture, step: QuietStep, made: Made[]): Promise<void> {
  const nowMs = fixture.nowMs();
  if (step.kind === 'silence') {
    const { who, delayMs, durationMs } = step;
    const wallMs = fixture.time.clock.now();
    const outcome = await fixture.evaluator.silences
      .create({
        matchers: {
          name: 'Orion',
          ...(who === undefined ? {} : { instance: instances[who]?.instance }),
        },
        ...(delayMs === 0 ? {} : { from: wallMs + delayMs }),
        durationSeconds: durationMs / 1_000,
        reason: 'a test',
        author: 'fast-check',
      })
      .catch(() => undefined);
    if (outcome?.kind !== 'made') return;
    const fromMs = nowMs + delayMs;
    const untilMs = fromMs + durationMs;
    made.push({ id: outcome.silence.id, who, madeMs: nowMs, fromMs, untilMs });
  } else if (step.kind === 'end') {
    const one = made[step.which];
    if (!one || one.endedMs !== undefined || nowMs >= one.untilMs) return;
    await fixture.evaluator.silences.end(one.id).catch(() => undefined);
    one.endedMs = nowMs;
  } else {
    await perform(fixture, step);
  }
}
