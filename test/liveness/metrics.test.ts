import { describe, expect, it } from '@jest/globals';
import { createEventCounter, mirrorLiveness } from '../../service/liveness/monitoring/metrics.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { anEvent } from '../support/events.ts';
import { samplesOf } from '../support/samples.ts';
import { createWorld, orion } from './fixture.ts';

describe('mirrorLiveness', () => {
  it('has the age of the oldest heartbeat among instances that are up or late', async () => {
    const rules = [{ name: '*', lateSeconds: 30, downSeconds: 90 }];
    const world = createWorld({ liveness: { rules } });
    const metrics = createMetrics();
    mirrorLiveness(world.registry, world.evaluator, metrics);
    const shown = async () => {
      const samples = await samplesOf(metrics);
      return ['up', 'late', 'down']
        .map((state) => samples.get(`heartbeat_instances{state="${state}"}`))
        .concat(samples.get('heartbeat_oldest_beat_age_seconds'));
    };
    expect(await shown()).toEqual([0, 0, 0, 0]);
    world.send(orion('down'));
    await world.run(40_000);
    world.send(orion('late'));
    await world.run(40_000);
    world.send(orion('up'));
    await world.run(5_000);
    expect(await shown()).toEqual([1, 2, 0, 85]);
    await world.run(15_000);
    expect(await shown()).toEqual([1, 1, 1, 60]);
  });
});

describe('createEventCounter', () => {
  it('counts events of each kind, and apart from them those that are silenced', async () => {
    const metrics = createMetrics();
    const count = createEventCounter(metrics);
    count([anEvent({ kind: 'down' }), anEvent({ kind: 'down', silencedBy: 'a' })]);
    count([anEvent({ kind: 'down' }), anEvent({ kind: 'late', silencedBy: 'b' })]);
    const samples = await samplesOf(metrics);
    const of = (name: string) => [
      samples.get(`heartbeat_${name}_total{kind="down"}`),
      samples.get(`heartbeat_${name}_total{kind="late"}`),
      samples.get(`heartbeat_${name}_total{kind="started"}`),
    ];
    expect(of('events')).toEqual([3, 1, 0]);
    expect(of('silenced_events')).toEqual([1, 1, 0]);
  });
});
