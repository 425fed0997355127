import type { GridPos, Panel } from '../types/dashboard.ts';

/** A panel before it has a place on a dashboard. */
export type Unplaced = (gridPos: GridPos) => Panel;
type Sized = readonly [width: number, panel: Unplaced];

/** Panels side by side, from left to right; a width is a part of 24. */
export type Row = { readonly height: number; readonly panels: readonly Sized[] };

/** A row; panels without a width share it evenly. */
export const row = (height: number, ...panels: readonly (Unplaced | Sized)[]): Row => ({
  height,
  panels: panels.map((panel) =>
    typeof panel === 'function' ? [24 / panels.length, panel] : panel,
  ),
});

/** Panels with their places, row under row. */
export function layOut(rows: readonly Row[]): Panel[] {
  let y = 0;
  return rows.flatMap(({ height: h, panels }) => {
    let x = 0;
    const placed = panels.map(([w, panel]) => {
      x += w;
      return panel({ x: x - w, y, w, h });
    });
    y += h;
    return placed;
  });
}
