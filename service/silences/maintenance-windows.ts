import type { MaintenanceConfig } from '../config/sections/maintenance.ts';
import type { Matchers, Silence } from '../contract/api/silence.ts';
import { createCalendar } from './calendar.ts';
import type { SilenceRecord } from './silence.ts';

/** The maintenance windows of the configuration: silences for as long as they are open. */
export class MaintenanceWindows {
  readonly #windows: ReadonlyMap<string, ReturnType<typeof toWindow>>;

  constructor(config: MaintenanceConfig) {
    this.#windows = new Map(
      config.map((configured) => {
        const window = toWindow(configured);
        return [window.common.id, window];
      }),
    );
  }

  has(id: string): boolean {
    return this.#windows.has(id);
  }

  /** The windows that are open. */
  open(nowMs: number): SilenceRecord[] {
    return [...this.#windows.values()].flatMap(({ calendar, common }): SilenceRecord[] => {
      const occurrence = calendar.at(nowMs);
      if (!occurrence) return [];
      return [{ ...common, ...occurrence, isImmediate: false, phase: 'active' }];
    });
  }

  /** Whether the configuration has this window, with the same matchers. */
  isConfigured({ id, matchers }: SilenceRecord): boolean {
    const window = this.#windows.get(id);
    return window !== undefined && isSame(window.common.matchers, matchers);
  }

  isOpen(record: SilenceRecord, nowMs: number): boolean {
    const window = this.#windows.get(record.id);
    return this.isConfigured(record) && window?.calendar.at(nowMs) !== undefined;
  }

  /** All windows, with the time that each is open, or will be next. */
  list(nowMs: number): Silence[] {
    return [...this.#windows.values()].flatMap(({ calendar, common }): Silence[] => {
      const now = calendar.at(nowMs);
      const occurrence = now ?? calendar.after(nowMs);
      return occurrence ? [{ ...common, ...occurrence, state: now ? 'active' : 'pending' }] : [];
    });
  }
}

function toWindow(configured: MaintenanceConfig[number]) {
  const { name, match: matchers, reason } = configured;
  const source: Silence['source'] = 'configuration';
  const common = { id: `maintenance.${name}`, matchers, reason, author: source, source };
  return { calendar: createCalendar(configured), common };
}

const isSame = (one: Matchers, other: Matchers): boolean =>
  one.name === other.name && one.version === other.version && one.instance === other.instance;
