import type { MaintenanceConfig } from '../config/sections/maintenance.ts';
import type { Matchers, Silence } from '../contract/api/silence.ts';
import { createCalendar } from './calendar.ts';
import type { SilenceRecord } from './silence.ts';

/** The maintenance windows of the configuration: silences for as long as they are open. */
export type Windows = {
  has(id: string): boolean;
  /** Those that are open. */
  open(nowMs: number): SilenceRecord[];
  /** Whether the configuration has this one, as it is. */
  isConfigured(record: SilenceRecord): boolean;
  isOpen(record: SilenceRecord, nowMs: number): boolean;
  /** For the time that each is open, or will be next. */
  list(nowMs: number): Silence[];
};

export function createWindows(config: MaintenanceConfig): Windows {
  const windows = new Map(
    config.map((window) => {
      const calendar = createCalendar(window);
      const { match: matchers, reason } = window;
      const id = `maintenance.${window.name}`;
      const source: Silence['source'] = 'configuration';
      return [id, { calendar, common: { id, matchers, reason, author: source, source } }];
    }),
  );
  const all = [...windows.values()];

  const isConfigured = ({ id, matchers }: SilenceRecord): boolean => {
    const configured = windows.get(id);
    return configured !== undefined && isSame(configured.common.matchers, matchers);
  };

  return {
    has: (id) => windows.has(id),
    open: (nowMs) =>
      all.flatMap(({ calendar, common }): SilenceRecord[] => {
        const occurrence = calendar.at(nowMs);
        if (!occurrence) return [];
        return [{ ...common, ...occurrence, isImmediate: false, phase: 'holding' }];
      }),
    isConfigured,
    isOpen: (record, nowMs) =>
      isConfigured(record) && windows.get(record.id)?.calendar.at(nowMs) !== undefined,
    list: (nowMs) =>
      all.flatMap(({ calendar, common }): Silence[] => {
        const now = calendar.at(nowMs);
        const occurrence = now ?? calendar.after(nowMs);
        return occurrence ? [{ ...common, ...occurrence, state: now ? 'active' : 'pending' }] : [];
      }),
  };
}

const isSame = (one: Matchers, other: Matchers): boolean =>
  one.name === other.name && one.version === other.version && one.instance === other.instance;
