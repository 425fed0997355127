import type { StateCounts } from '../../registry/components.ts';

/** A label with the state of a component. */
export type Badge = {
  readonly label: string;
  readonly message: string;
  /** Six hexadecimal digits, dark enough for white text. */
  readonly color: string;
};

const colors = { up: '1a7f37', late: '9a6700', down: 'cf222e', unknown: '59636e' } as const;

/** The badge of a component; `counts` is undefined for one that is not known. */
export function badgeOf(
  component: { readonly name: string; readonly version: string | undefined },
  counts: StateCounts | undefined,
): Badge {
  const { name, version } = component;
  const label = version === undefined ? name : `${name} ${version}`;
  const { up = 0, late = 0, down = 0 } = counts ?? {};
  const parts = Object.entries({ up, late, down })
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  if (up + late + down === 0) {
    return { label, message: counts ? 'not running' : 'unknown', color: colors.unknown };
  }
  if (up + late === 0) return { label, message: 'down', color: colors.down };
  const color = down > 0 ? colors.down : late > 0 ? colors.late : colors.up;
  return { label, message: parts.join(', '), color };
}
