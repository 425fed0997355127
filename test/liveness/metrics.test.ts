import { describe, expect, it } from '@jest/globals';
import { createEventCounter, mirrorLiveness } from '../../service/liveness/monitoring/metrics.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { anEvent } from '../support/events.ts';
import { samplesOf } from '../support/samples.ts';
import { createFixture, orion } from './fixture.ts';

describe('mirrorLiveness', () => {
  it('has the age of the oldest heartbeat among instances that are up or late', async () => {
    const rules = [{ name: '*', lateSeconds: 30, downSeconds: 90 }];
    const fixture = createFixture({ liveness: { rules } });
    const metrics = createMetrics();
    mirrorLiveness(fixture.registry, fixture.evaluator, metrics);
    const values = async () => {
      const samples = await samplesOf(metrics);
      return ['up', 'late', 'down']
        .map((state) => samples.get(`heartbeat_instances{state="${state}"}`))
        .concat(samples.get('heartbeat_oldest_beat_age_seconds'));
    };
    expect(await values()).toEqual([0, 0, 0, 0]);
    fixture.send(orion('down'));
    await fixture.run(40_000);
    fixture.send(orion('late'));
    await fixture.run(40_000);
    fixture.send(orion('up'));
    await fixture.run(5_000);
    expect(await values()).toEqual([1, 2, 0, 85]);
    await fixture.run(15_000);
    expect(await values()).toEqual([1, 1, 1, 60]);
  });
});

describe('createEventCounter', () => {
  it('counts events of each kind, and silenced events apart from them', async () => {
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
