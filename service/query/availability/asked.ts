import { z } from 'zod';
import type { Asking } from '../active/asked.ts';
import { periodParameters, readPeriod } from '../active/asked.ts';
import type { Period } from '../active/steps.ts';
import { choice, type Described, glob } from '../described.ts';
import { outcome, type Parameters, type Reading } from '../parameters.ts';
import type { IdentityFilter } from '../period/identities.ts';

/** How many instances of a component have to be active: the first pattern that matches counts. */
export type LeastRule = {
  readonly name: string;
  readonly version: string;
  readonly minInstances: number;
};

/** Which share of a period components or instances were there. */
export type AskedAvailability = Period & {
  readonly by: 'component' | 'instance';
  readonly filter: IdentityFilter;
  readonly timeZone: string;
  /** One rule for all when it was asked for so; of an instance one is always enough. */
  readonly least: readonly LeastRule[];
  readonly nowMs: number;
};

const minInstances: Described<number | undefined> = {
  name: 'minInstances',
  description:
    'How many instances of a component have to be active; what `liveness.rules` say of it when ' +
    'left out, or else 1.',
  schema: z.int().min(1).max(1_000_000),
  read(parameters) {
    const given = parameters.whole('minInstances', 1, 1_000_000, 0);
    return given === 0 ? undefined : given;
  },
};

const filters = {
  name: glob('name', 'Only components with this name.'),
  version: glob('version', 'Only this version.'),
};
const by = choice('by', ['component', 'instance'], 'component', 'Of what the availability is.');
const instance = glob('instance', 'Only this instance.');

export const availabilityParameters = [
  ...periodParameters,
  by,
  minInstances,
  ...Object.values(filters),
  instance,
];
export const componentParameters = [...periodParameters, minInstances, ...Object.values(filters)];

/** Reads what `GET /api/v1/availability` is asked for. */
export function readAvailabilityQuery(
  parameters: Parameters,
  asking: Asking,
  rules: readonly LeastRule[],
): Reading<AskedAvailability> {
  const asked = readComponents(parameters, asking, rules);
  const chosen = by.read(parameters);
  const filter = { ...asked.filter, instance: instance.read(parameters) };
  const least = chosen === 'instance' ? [] : asked.least;
  return outcome(parameters, { ...asked, by: chosen, filter, least });
}

/** Reads what `GET /api/v1/components` is asked for. */
export const readComponentQuery = (
  parameters: Parameters,
  asking: Asking,
  rules: readonly LeastRule[],
): Reading<AskedAvailability> => {
  const asked = readComponents(parameters, asking, rules);
  return outcome(parameters, { ...asked, by: 'component' });
};

function readComponents(parameters: Parameters, asking: Asking, rules: readonly LeastRule[]) {
  const period = readPeriod(parameters, asking);
  const given = minInstances.read(parameters);
  return {
    ...period,
    least: given === undefined ? rules : [{ name: '*', version: '*', minInstances: given }],
    filter: { name: filters.name.read(parameters), version: filters.version.read(parameters) },
    nowMs: asking.nowMs,
  };
}
