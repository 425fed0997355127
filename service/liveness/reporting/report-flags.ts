import { type InstanceState, instanceStates } from '../../contract/instance.ts';

/*
 * The flags of an instance: what was told of it, and to whom. They are on disk together with the
 * event that made them so. All zeros but the first two bits is what releases without silences wrote.
 */

/** The state that was last told, and whether it is flapping. */
const toldBits = 0b00011;
const flappingBit = 0b00100;
/** What stands open was told to nobody: it all came within silences. */
const unheardBit = 0b01000;
/** The last that was told came within a silence, or a silence over it has ended since. */
const hushedBit = 0b10000;

/** Nothing was told: whoever is not known counts as retired. */
export const untold = instanceStates.indexOf('retired');

export const toldOf = (flags: number): InstanceState =>
  instanceStates[flags & toldBits] ?? 'retired';
export const isFlapping = (flags: number): boolean => (flags & flappingBit) !== 0;
export const isHushed = (flags: number): boolean => (flags & hushedBit) !== 0;
export const hushed = (flags: number): number => flags | hushedBit;

/** Something stands open: it was told to be late, down or flapping, and nothing closed that yet. */
const isOpen = (flags: number): boolean =>
  isFlapping(flags) || toldOf(flags) === 'late' || toldOf(flags) === 'down';

/** Something stands open that people were told of: what closes it has to reach them too. */
export const isHeard = (flags: number): boolean => isOpen(flags) && (flags & unheardBit) === 0;

/** The flags once a state is told, aloud or within a silence. */
export function flagsAfter(
  before: number,
  told: InstanceState,
  how: { readonly isFlapping: boolean; readonly isSilenced: boolean },
): number {
  const flags = instanceStates.indexOf(told) | (how.isFlapping ? flappingBit : 0);
  if (!isOpen(flags) || !how.isSilenced) return flags;
  return flags | hushedBit | (isHeard(before) ? 0 : unheardBit);
}
