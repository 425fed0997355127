import { instanceStates } from '../../contract/instance.ts';
import { instanceMetricDefinitions } from '../../contract/metrics/components.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import { familyHead, isExposable, labelText, sampleLine } from '../../runtime/exposition.ts';
import { walkInstances } from '../registry-walk.ts';

type InstanceSeriesOptions = {
  readonly registry: Pick<Registry, 'next' | 'identity' | 'state'>;
  ageSeconds(ref: Ref): number;
  readonly slicer: Slicer;
};

/** Some tenths of a millisecond. */
const instancesPerSlice = 500;

/** Writes the families of `instanceMetricDefinitions` as text, a slice on each request. */
export function createInstanceSeries({ registry, ageSeconds, slicer }: InstanceSeriesOptions) {
  async function* samples(name: string, numberOf: (ref: Ref) => number): AsyncGenerator<string> {
    for (let last: Ref | undefined = -1; last !== undefined; ) {
      const after: Ref = last;
      let text = '';
      last = await slicer.run(() =>
        walkInstances(registry, after, instancesPerSlice, (ref) => {
          const { name: component, version, instance } = registry.identity(ref);
          const labels = { name: component, version, instance_id: instance };
          if (isExposable(labels)) text += sampleLine(name, labelText(labels), numberOf(ref));
          return false;
        }),
      );
      if (text !== '') yield text;
    }
  }

  return async function* () {
    const { state, ageSeconds: age } = instanceMetricDefinitions;
    yield familyHead(state);
    yield* samples(state.name, (ref) => instanceStates.indexOf(registry.state(ref)));
    yield familyHead(age);
    yield* samples(age.name, (ref) => Math.round(ageSeconds(ref) * 1_000) / 1_000);
  };
}
