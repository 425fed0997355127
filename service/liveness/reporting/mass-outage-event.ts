import type { EventBody } from '../../contract/event.ts';
import type { Component, Identity } from '../../contract/instance.ts';
import { duration } from './instance-event.ts';
import type { Storm } from './mass-outage.ts';

/** The names that an event carries: what people can still read. */
export const mostNames = 20;

/** How many instances of a component are silent, and how many are up. */
export type Toll = Component & { readonly silent: number; readonly up: number };

export function massOutageEvent(
  storm: Storm,
  tolls: readonly Toll[],
  instances: readonly Identity[],
): EventBody {
  const struck = tolls.filter(({ silent }) => silent > 0);
  const components = struck.toSorted((a, b) => b.silent - a.silent).slice(0, mostNames);
  const percent = Math.round((100 * storm.fell) / storm.wereUp);
  return {
    kind: 'mass_outage',
    subject: undefined,
    reason: `${storm.fell} of ${storm.wereUp} instances (${percent} %) of ${struck.length} components fell silent together; single events wait until it ends.`,
    data: {
      silent: storm.fell,
      wereUp: storm.wereUp,
      components,
      moreComponents: struck.length - components.length,
      instances: instances.slice(0, mostNames),
    },
  };
}

export function massOutageEndedEvent(storm: Storm, nowMs: number, owed: number): EventBody {
  const lasted = nowMs - storm.beganMs;
  return {
    kind: 'mass_outage.ended',
    subject: undefined,
    reason: `After ${duration(lasted)} no more instances fall silent: of ${storm.fell}, ${storm.rose} were heard again; those that are still silent are told one by one.`,
    data: {
      fellSilent: storm.fell,
      heardAgain: storm.rose,
      wereUp: storm.wereUp,
      stillSilent: owed,
      lastedSeconds: Math.round(lasted / 1_000),
    },
  };
}
