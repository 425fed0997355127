import type { History } from './seed.ts';

/** A query and the history that it reads. */
export type Scenario = {
  readonly title: string;
  readonly history: History;
  readonly path: string;
  readonly maxMs?: number;
};

const month = { instances: 10_000, names: 50, versions: 20, days: 30 };
const year = { instances: 1_000, names: 20, versions: 5, days: 365 };
const yearly = 'active?from=now-365d&step=1d&by=name';

export const monthly = 'active?from=now-30d&step=1h&by=name';
export const monthOfPresences: History = { ...month, presenceHours: 72 };

export const scenarios: readonly Scenario[] = [
  {
    title: '30 days, 10,000 instances, 1 h by name',
    history: monthOfPresences,
    path: monthly,
    maxMs: 300,
  },
  {
    title: 'the same, daily restarts',
    history: { ...month, presenceHours: 24 },
    path: monthly,
  },
  {
    title: '30 days, 1,000 names, 1 d by name',
    history: { ...monthOfPresences, names: 1_000, versions: 1 },
    path: 'active?from=now-30d&step=1d&by=name',
  },
  {
    title: '1 year, 1,000 instances, 1 d by name',
    history: { ...year, presenceHours: 168 },
    path: yearly,
    maxMs: 200,
  },
  {
    title: 'the same, daily restarts',
    history: { ...year, presenceHours: 24 },
    path: yearly,
  },
  {
    title: 'the last hour of that year, 1 min',
    history: { ...year, presenceHours: 24 },
    path: 'active?from=now-1h&step=1m',
  },
  {
    title: 'availability over 30 days',
    history: monthOfPresences,
    path: 'availability?from=now-30d',
  },
];
