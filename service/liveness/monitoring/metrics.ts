import { setImmediate } from 'node:timers/promises';
import { silenceSources } from '../../contract/api/silence.ts';
import { eventKinds, type LivenessEvent } from '../../contract/event.ts';
import { instanceStates } from '../../contract/instance.ts';
import { blindCauses } from '../../contract/metrics.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Evaluator } from '../evaluator.ts';

/** Metrics of the registry and of evaluation: read at each scrape. */
export function mirrorLiveness(registry: Registry, evaluator: Evaluator, metrics: Metrics): void {
  metrics.mirror('instances', (gauge) => {
    const counts = registry.counts();
    for (const state of instanceStates) gauge.set({ state }, counts[state]);
  });
  metrics.mirror('skewedInstances', (gauge) => {
    const { ahead, behind } = registry.skewed;
    gauge.set({ direction: 'ahead' }, ahead);
    gauge.set({ direction: 'behind' }, behind);
  });
  metrics.mirror('notOkInstances', (gauge) => gauge.set(evaluator.status().notOk));
  metrics.mirror('silences', (gauge) => {
    const active = evaluator.silences.list().filter(({ state }) => state === 'active');
    for (const source of silenceSources) {
      gauge.set({ source }, active.filter((silence) => silence.source === source).length);
    }
  });
  metrics.mirror('oldestBeatSeconds', async (gauge) => {
    gauge.set(await oldestAgeSeconds(registry, evaluator));
  });
  metrics.mirror('massOutage', (gauge) => gauge.set(evaluator.status().isMassOutage ? 1 : 0));
  metrics.mirror('evaluationSeconds', (gauge) => gauge.set(evaluator.status().durationMs / 1_000));
  metrics.mirror('evaluationLagSeconds', (gauge) => gauge.set(evaluator.status().lagMs / 1_000));
  metrics.mirror('evaluationAgeSeconds', (gauge) => gauge.set(evaluator.status().ageMs / 1_000));
  for (const cause of blindCauses) {
    metrics.follow('blindSeconds', { cause }, () => evaluator.status().blindMs[cause] / 1_000);
  }
}

/** Returns a function that counts events that are on disk. */
export function createEventCounter(metrics: Metrics): (events: readonly LivenessEvent[]) => void {
  const tallies = (key: 'events' | 'silencedEvents') =>
    Object.fromEntries(eventKinds.map((kind) => [kind, metrics.hotCounter(key, { kind })]));
  const all = tallies('events');
  const silenced = tallies('silencedEvents');
  return (events) => {
    for (const { kind, silencedBy } of events) {
      all[kind]?.add(1);
      if (silencedBy !== undefined) silenced[kind]?.add(1);
    }
  };
}

/** Instances handled before other work may run. */
const slice = 20_000;

async function oldestAgeSeconds(registry: Registry, evaluator: Evaluator): Promise<number> {
  let oldest = 0;
  let count = 0;
  for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
    const state = registry.state(ref);
    if (state === 'up' || state === 'late') oldest = Math.max(oldest, evaluator.ageSeconds(ref));
    if (++count % slice === 0) await setImmediate();
  }
  return oldest;
}
