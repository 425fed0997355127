import type { Panel } from '../schema/panel.ts';
import type { Unplaced } from './style.ts';

/** Panels side by side, from left to right; a number is a width out of 24. */
export type Row = {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, panel: Unplaced<Panel>])[];
};

export const row = (height: number, ...panels: Row['panels']): Row => ({ height, panels });

/** Gives each panel its place, row under row. */
export function layOut(rows: readonly Row[]): Panel[] {
  let y = 0;
  return rows.flatMap(({ height: h, panels }) => {
    let x = 0;
    const placed = panels.map(([w, panel]): Panel => {
      const gridPos = { x, y, w, h };
      x += w;
      return { ...panel, gridPos };
    });
    y += h;
    return placed;
  });
}
