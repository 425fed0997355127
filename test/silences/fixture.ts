import type { LivenessEvent } from '../../service/contract/event.ts';
import type { Identity } from '../../service/contract/instance.ts';
import { createFixture, type Fixture, type FixtureOptions } from '../liveness/fixture.ts';

export const liveness = {
  rules: [{ name: '*', lateSeconds: 5, downSeconds: 12 }],
  graceSeconds: 0,
};
export const hour = 3_600;
export const minute = 60_000;

/** A fixture in which some instances have sent one heartbeat. */
export function fixtureOf(instances: readonly Identity[], options: FixtureOptions = {}): Fixture {
  const fixture = createFixture({ liveness, ...options });
  for (const identity of instances) fixture.send(identity);
  return fixture;
}

export async function silence(
  fixture: Fixture,
  request: Record<string, unknown> = {},
): Promise<string> {
  const outcome = await fixture.evaluator.silences.create(
    {
      matchers: { name: 'Orion' },
      durationSeconds: hour,
      reason: 'the database is moved',
      author: 'Ann',
      ...request,
    },
    'ops (10.0.0.1)',
  );
  if (outcome.kind !== 'made') throw new Error(JSON.stringify(outcome));
  return outcome.silence.id;
}

const isOf = (instance: string) => (event: LivenessEvent) =>
  event.subject !== undefined && 'instance' in event.subject && event.subject.instance === instance;

/** What was reported of an instance; in brackets what was silenced. */
export const story = (fixture: Fixture, instance: string): string =>
  fixture.disk.events
    .filter(isOf(instance))
    .map(({ kind, silencedBy }) => (silencedBy === undefined ? kind : `(${kind})`))
    .join(' ');
