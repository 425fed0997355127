import type { Component } from '../../contract/instance.ts';
import { componentMetricDefinitions } from '../../contract/metrics.ts';
import { createGlob } from '../../contract/values/glob.ts';
import type { Registry } from '../../registry/registry.ts';
import {
  familyHead,
  histogramLines,
  isExposable,
  labelText,
  sampleLine,
} from '../../runtime/exposition.ts';
import type { Slicer } from '../slicer.ts';

/** A component that has instances, and how many. */
type Counted = { readonly component: Component; readonly active: number; readonly down: number };

/** What has no series of its own, because there are too many components. */
export type Hidden = { readonly components: number; readonly activeInstances: number };

export type ComponentSeriesOptions = {
  readonly registry: Pick<Registry, 'components' | 'componentOf' | 'counts' | 'gaps'>;
  readonly turns: Slicer;
  /** Those with the most active instances are taken. */
  readonly maxComponents: number;
  /** Patterns of components of which there is always a sample. */
  readonly expected: readonly Component[];
};

const sumOfActive = (counted: readonly Counted[]): number =>
  counted.reduce((sum, { active }) => sum + active, 0);

/** Some tenths of a millisecond's work. */
const pieceComponents = 500;

/** The families of `componentMetricDefinitions` as text, written a piece a turn. */
export function createComponentSeries(options: ComponentSeriesOptions) {
  const { registry, turns, maxComponents } = options;
  // Two rules may have the same pattern.
  const patterns = new Map(
    options.expected.map(({ name, version }) => [labelText({ name, version }), { name, version }]),
  );
  const expected = Array.from(patterns, ([labels, { name, version }]) => ({
    labels,
    isName: createGlob(name),
    isVersion: createGlob(version),
  }));

  async function inPieces<T, R>(all: readonly T[], piece: (some: readonly T[]) => R): Promise<R[]> {
    const results: R[] = [];
    for (let at = 0; at < all.length; at += pieceComponents) {
      const some = all.slice(at, at + pieceComponents);
      results.push(await turns.take(() => piece(some)));
    }
    return results;
  }

  /** Whoever was forgotten since the indexes were taken counts nothing. */
  function count(index: number): Counted[] {
    const { up, late, down, retired } = registry.counts(index);
    if (up + late + down + retired === 0) return [];
    return [{ component: registry.componentOf(index), active: up + late, down }];
  }

  const matching = (counted: readonly Counted[]): number[] =>
    expected.map(({ isName, isVersion }) =>
      counted.reduce(
        (sum, { component: { name, version }, active }) =>
          active > 0 && isName(name) && isVersion(version) ? sum + active : sum,
        0,
      ),
    );

  const { activeInstances, downInstances, expectedActiveInstances, betweenBeatsSeconds } =
    componentMetricDefinitions;

  return async (): Promise<{ readonly text: string; readonly hidden: Hidden }> => {
    const pieces = await inPieces([...registry.components()], (indexes) => {
      const counted = indexes.flatMap(count);
      return { counted, matching: matching(counted) };
    });
    const counted = pieces.flatMap((piece) => piece.counted);
    const exposable = counted.filter(({ component }) => isExposable(component));
    if (exposable.length > maxComponents) exposable.sort((one, other) => other.active - one.active);
    const shown = exposable.slice(0, maxComponents);
    const lines = await inPieces(shown, (some) => {
      const labelled = some.map((one) => ({ ...one, labels: labelText(one.component) }));
      return {
        active: labelled.map((one) => sampleLine(activeInstances.name, one.labels, one.active)),
        down: labelled.map((one) => sampleLine(downInstances.name, one.labels, one.down)),
      };
    });
    const expectedLines = expected.map(({ labels }, at) => {
      const active = pieces.reduce((sum, piece) => sum + (piece.matching[at] ?? 0), 0);
      return sampleLine(expectedActiveInstances.name, labels, active);
    });
    const parts = [
      familyHead(activeInstances),
      ...lines.flatMap(({ active }) => active),
      familyHead(downInstances),
      ...lines.flatMap(({ down }) => down),
      familyHead(expectedActiveInstances),
      ...expectedLines,
      histogramLines(betweenBeatsSeconds, registry.gaps.cumulated(), registry.gaps.sumSeconds),
    ];
    return {
      text: parts.join(''),
      hidden: {
        components: counted.length - shown.length,
        activeInstances: sumOfActive(counted) - sumOfActive(shown),
      },
    };
  };
}
