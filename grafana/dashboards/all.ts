import type { Dashboard } from '../schema/dashboard.ts';
import { overview } from './overview.ts';

/** The first is the one that Grafana shows at first. */
export const dashboards: readonly Dashboard[] = [overview];
