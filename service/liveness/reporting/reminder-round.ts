import type { EventBody } from '../../contract/event.ts';
import type { Component } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import { duration } from './instance-event.ts';
import { mostNames } from './mass-outage-event.ts';
import type { Reminders } from './reminders.ts';
import type { Reporter } from './reporter.ts';

/** Of a component with more instances down than this one event tells of all. */
const mostSingle = 10;
/** And if there would be more events than this, one tells of all components. */
const mostEvents = 100;
/** Instances that are looked at before other work has its turn. */
const slice = 2_000;

/** What is down of a component. */
type Fallen = {
  readonly component: Component;
  /** Some of them. */
  readonly refs: Ref[];
  count: number;
  longestMs: number;
};

/** Reminds of all that were noted for a round, in few events however many those are. */
export function createReminderRound(parts: {
  reminders: Reminders;
  registry: Registry;
  reporter: Pick<Reporter, 'isRemindable' | 'remind'>;
  tell: (body: EventBody) => void;
  now: () => number;
  nextTurn: () => Promise<void>;
}): (nowMs: number) => Promise<void> {
  const { reminders, registry, reporter, tell, now, nextTurn } = parts;

  async function gather(nowMs: number): Promise<Fallen[]> {
    const fallen = new Map<number, Fallen>();
    let looked = 0;
    for (let ref = reminders.take(); ref !== undefined; ref = reminders.take()) {
      if (reporter.isRemindable(ref)) {
        const index = registry.component(ref);
        const known = fallen.get(index) ?? none(registry.componentOf(index));
        known.count += 1;
        known.longestMs = Math.max(known.longestMs, nowMs - registry.lastHeardMs(ref));
        if (known.refs.length < mostNames) known.refs.push(ref);
        fallen.set(index, known);
      }
      looked += 1;
      if (looked % slice === 0) await nextTurn();
    }
    return [...fallen.values()];
  }

  function tellComponent(fallen: Fallen, nowMs: number): void {
    if (fallen.count > mostSingle) {
      tell(
        componentReminder(
          fallen,
          fallen.refs.map((ref) => registry.identity(ref).instance),
        ),
      );
      return;
    }
    // Who was heard while the others were gathered is down no longer.
    for (const ref of fallen.refs)
      if (reporter.isRemindable(ref)) reporter.remind(ref, nowMs, now());
  }

  return async (nowMs) => {
    if (!reminders.isDue(nowMs)) return;
    const all = await gather(nowMs);
    const events = all.reduce((sum, { count }) => sum + (count > mostSingle ? 1 : count), 0);
    if (events > mostEvents) tell(allReminder(all));
    else for (const fallen of all) tellComponent(fallen, nowMs);
    reminders.told(nowMs);
  };
}

const none = (component: Component): Fallen => ({ component, refs: [], count: 0, longestMs: 0 });

function componentReminder({ component, count, longestMs }: Fallen, names: string[]): EventBody {
  return {
    kind: 'still_down',
    subject: { name: component.name, version: component.version },
    reason: `${count} of its instances are still down, the longest without a heartbeat for ${duration(longestMs)}.`,
    data: { down: count, instances: names, moreInstances: count - names.length },
  };
}

function allReminder(all: readonly Fallen[]): EventBody {
  const down = all.reduce((sum, { count }) => sum + count, 0);
  const longestMs = all.reduce((most, fallen) => Math.max(most, fallen.longestMs), 0);
  const components = all
    .toSorted((one, other) => other.count - one.count)
    .slice(0, mostNames)
    .map(({ component, count }) => ({ ...component, down: count }));
  return {
    kind: 'still_down',
    subject: undefined,
    reason: `${down} instances of ${all.length} components are still down, the longest without a heartbeat for ${duration(longestMs)}.`,
    data: { down, components, moreComponents: all.length - components.length },
  };
}
