import { createCron, type MaintenanceWindow } from '../config/sections/maintenance.ts';

/** One time that a window is open; epoch milliseconds, the end excluded. */
type Occurrence = { readonly fromMs: number; readonly untilMs: number };

/**
 * The times at which a maintenance window is open. Its cron expression says when it opens, in its
 * time zone; how long it stays open is plain seconds. When the clocks go forward over its time of
 * day, it opens right after; when its time of day comes twice, it opens at the first.
 */
type Calendar = {
  /** The time that contains `nowMs`; undefined while the window is closed. */
  at(nowMs: number): Occurrence | undefined;
  /** The first time that begins after `nowMs`, if there is one. */
  after(nowMs: number): Occurrence | undefined;
};

export function createCalendar(
  window: Pick<MaintenanceWindow, 'cron' | 'timeZone' | 'durationSeconds'>,
): Calendar {
  const cron = createCron(window.cron, window.timeZone);
  const occurrence = (from: Date | null | undefined): Occurrence | undefined =>
    from
      ? { fromMs: from.getTime(), untilMs: from.getTime() + window.durationSeconds * 1_000 }
      : undefined;
  /** The openings around the last `nowMs`: they change rarely. */
  let known: { latest?: Occurrence | undefined; next?: Occurrence | undefined } | undefined;

  function isKnown(nowMs: number): boolean {
    if (!known) return false;
    const { latest, next } = known;
    return nowMs >= (latest?.fromMs ?? -Infinity) && nowMs < (next?.fromMs ?? Infinity);
  }

  function around(nowMs: number) {
    if (known && isKnown(nowMs)) return known;
    // Openings are at whole minutes; the library returns the ones before a time, to the second.
    const second = new Date(Math.floor(nowMs / 1_000) * 1_000 + 1_000);
    const [latest] = cron.previousRuns(1, second);
    known = { latest: occurrence(latest), next: occurrence(cron.nextRun(new Date(nowMs))) };
    return known;
  }

  return {
    at(nowMs) {
      const { latest } = around(nowMs);
      return latest && nowMs < latest.untilMs ? latest : undefined;
    },
    after: (nowMs) => around(nowMs).next,
  };
}
