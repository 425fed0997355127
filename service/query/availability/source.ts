import { createGlob } from '../../contract/values/glob.ts';
import type { StateCounts } from '../../registry/components.ts';
import { mostRows } from '../active/most-rows.ts';
import { compareParts } from '../period/groups.ts';
import type { PeriodReader } from '../period/reader.ts';
import type { AskedAvailability } from './asked.ts';
import type { KnownComponent } from './known-components.ts';
import type { Measured } from './measure.ts';

/** The availability of one component or instance, and what is known of it now. */
export type Available = Measured & {
  readonly now:
    | (StateCounts & { readonly firstSeenMs: number; readonly lastMs: number })
    | undefined;
};

export type AvailabilityAnswer =
  /** By name, version and instance. */
  | { readonly kind: 'rows'; readonly rows: readonly Available[] }
  | { readonly kind: 'too-many'; readonly groups: number };

export type AvailabilitySource = (
  asked: AskedAvailability,
  signal: AbortSignal,
) => Promise<AvailabilityAnswer>;

/**
 * Answers from the ledger. A component of which nothing was heard in the period, but that is known,
 * was not there at all: it has a row too, for that is what one wants to hear of.
 */
export function createAvailabilitySource(
  { perform }: Pick<PeriodReader, 'perform'>,
  knownComponents: () => Promise<readonly KnownComponent[]>,
): AvailabilitySource {
  return async (asked, signal) => {
    const result = await perform({ kind: 'measure', asked }, signal);
    if (result.kind !== 'measure') throw new Error(`asked to measure, got ${result.kind}`);
    const { measured } = result;
    const known = asked.by === 'component' ? await knownComponents() : [];
    const states = new Map(known.map((one) => [keyOf(one), one]));
    const heard = new Set(measured.map(keyOf));
    const rows = [
      ...measured.map((one) => ({ ...one, now: states.get(keyOf(one)) })),
      ...known
        .filter(matcher(asked))
        .filter((one) => !heard.has(keyOf(one)) && one.firstSeenMs < asked.toMs)
        .map((one) => ({ ...silent(one, asked), now: one })),
    ];
    if (rows.length > mostRows) return { kind: 'too-many', groups: rows.length };
    rows.sort((one, other) => compareParts(partsOf(one), partsOf(other)));
    return { kind: 'rows', rows };
  };
}

const partsOf = ({ name = '', version = '', instance = '' }: Partial<Available>) => [
  name,
  version,
  instance,
];
const keyOf = ({ name = '', version = '' }: { name?: string; version?: string }): string =>
  `${name.length}:${name}${version}`;

function matcher({ filter }: AskedAvailability): (one: KnownComponent) => boolean {
  const isName = createGlob(filter.name ?? '*');
  const isVersion = createGlob(filter.version ?? '*');
  return ({ name, version }) => isName(name) && isVersion(version);
}

function silent(one: KnownComponent, { fromMs, toMs, nowMs }: AskedAvailability): Measured {
  const untilMs = Math.min(toMs, nowMs);
  const sinceMs = Math.max(fromMs, Math.min(untilMs, one.firstSeenMs));
  const longestOutageMs = untilMs - sinceMs;
  return {
    ...{ name: one.name, version: one.version, sinceMs, untilMs },
    ...{ availableMs: 0, outages: longestOutageMs > 0 ? 1 : 0, longestOutageMs, lastMs: 0 },
  };
}
