import { instanceStates } from '../../contract/instance.ts';
import { instanceMetricDefinitions } from '../../contract/metrics/components.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import { familyHead, isExposable, labelText, sampleLine } from '../../runtime/exposition.ts';
import type { Slicer } from '../slicer.ts';

export type InstanceSeriesOptions = {
  readonly registry: Pick<Registry, 'next' | 'identity' | 'state'>;
  ageSeconds(ref: Ref): number;
  readonly turns: Slicer;
};

/** Some tenths of a millisecond's work. */
const pieceInstances = 500;

/** The families of `instanceMetricDefinitions` as text: a piece a turn, each when it is asked for. */
export function createInstanceSeries({ registry, ageSeconds, turns }: InstanceSeriesOptions) {
  const stateNumber = (ref: Ref): number => instanceStates.indexOf(registry.state(ref));
  const roundedAge = (ref: Ref): number => Math.round(ageSeconds(ref) * 1_000) / 1_000;

  async function* samples(name: string, numberOf: (ref: Ref) => number): AsyncGenerator<string> {
    for (let last: Ref | undefined = -1; last !== undefined; ) {
      const after: Ref = last;
      const piece = await turns.take(() => {
        const lines: string[] = [];
        let at: Ref | undefined = after;
        for (let looked = 0; looked < pieceInstances; looked++) {
          at = registry.next(at);
          if (at === undefined) break;
          const { name: component, version, instance } = registry.identity(at);
          const labels = { name: component, version, instance_id: instance };
          if (isExposable(labels)) lines.push(sampleLine(name, labelText(labels), numberOf(at)));
        }
        return { text: lines.join(''), at };
      });
      if (piece.text !== '') yield piece.text;
      last = piece.at;
    }
  }

  return async function* () {
    const { state, ageSeconds: age } = instanceMetricDefinitions;
    yield familyHead(state);
    yield* samples(state.name, stateNumber);
    yield familyHead(age);
    yield* samples(age.name, roundedAge);
  };
}
