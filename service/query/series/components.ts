import type { Component } from '../../contract/instance.ts';
import { componentMetricDefinitions } from '../../contract/metrics/components.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import {
  familyHead,
  histogramLines,
  isExposable,
  labelText,
  sampleLine,
} from '../../runtime/exposition.ts';
import { componentMatcher } from '../identity-globs.ts';

type CountedComponent = {
  readonly component: Component;
  readonly active: number;
  readonly down: number;
};

/** Components beyond the maximum, which have no series. */
type HiddenComponents = { readonly components: number; readonly activeInstances: number };

type ComponentSeriesOptions = {
  readonly registry: Pick<Registry, 'components' | 'componentOf' | 'counts' | 'gaps'>;
  readonly slicer: Slicer;
  /** Maximum of components with series: the ones with the most active instances. */
  readonly maxComponents: number;
  /** Globs of expected components; each always has a sample. */
  readonly expected: readonly Component[];
};

/** Some tenths of a millisecond. */
const componentsPerSlice = 500;

const { activeInstances, downInstances, expectedActiveInstances, betweenBeatsSeconds } =
  componentMetricDefinitions;

/** Writes the families of `componentMetricDefinitions` as text. */
export function createComponentSeries(options: ComponentSeriesOptions) {
  const { registry, slicer, maxComponents } = options;
  // Two rules may have the same globs.
  const globs = new Map(
    options.expected.map(({ name, version }) => [labelText({ name, version }), { name, version }]),
  );
  const expected = Array.from(globs, ([labels, one]) => ({
    labels,
    matches: componentMatcher(one),
  }));

  return async (): Promise<{ readonly text: string; readonly hidden: HiddenComponents }> => {
    const slices = await inSlices(slicer, [...registry.components()], (indexes) => {
      const counted = indexes.flatMap((index) => countComponent(registry, index));
      return { counted, expected: expected.map(({ matches }) => sumActive(counted, matches)) };
    });
    const counted = slices.flatMap((slice) => slice.counted);
    const exposable = counted.filter(({ component }) => isExposable(component));
    if (exposable.length > maxComponents) exposable.sort((one, other) => other.active - one.active);
    const exposed = exposable.slice(0, maxComponents);
    const lines = await inSlices(slicer, exposed, (some) => {
      const labelled = some.map((one) => ({ ...one, labels: labelText(one.component) }));
      return {
        active: labelled.map((one) => sampleLine(activeInstances.name, one.labels, one.active)),
        down: labelled.map((one) => sampleLine(downInstances.name, one.labels, one.down)),
      };
    });
    const expectedLines = expected.map(({ labels }, at) => {
      const active = slices.reduce((sum, slice) => sum + (slice.expected[at] ?? 0), 0);
      return sampleLine(expectedActiveInstances.name, labels, active);
    });
    const text = [
      familyHead(activeInstances),
      ...lines.flatMap(({ active }) => active),
      familyHead(downInstances),
      ...lines.flatMap(({ down }) => down),
      familyHead(expectedActiveInstances),
      ...expectedLines,
      histogramLines(betweenBeatsSeconds, registry.gaps.cumulated(), registry.gaps.sumSeconds),
    ].join('');
    const components = counted.length - exposed.length;
    return {
      text,
      hidden: { components, activeInstances: sumActive(counted) - sumActive(exposed) },
    };
  };
}

async function inSlices<T, R>(
  slicer: Slicer,
  all: readonly T[],
  work: (some: readonly T[]) => R,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += componentsPerSlice) {
    results.push(await slicer.run(() => work(all.slice(at, at + componentsPerSlice))));
  }
  return results;
}

/** Nothing for a component that was removed after its index was read. */
function countComponent(
  registry: ComponentSeriesOptions['registry'],
  index: number,
): CountedComponent[] {
  const { up, late, down, retired } = registry.counts(index);
  if (up + late + down + retired === 0) return [];
  return [{ component: registry.componentOf(index), active: up + late, down }];
}

const sumActive = (
  counted: readonly CountedComponent[],
  matches: (component: Component) => boolean = () => true,
): number =>
  counted.reduce((sum, { component, active }) => sum + (matches(component) ? active : 0), 0);
