import type { Dashboard } from '../types/dashboard.ts';
import { analyst } from './analyst.ts';
import { genericEnabler } from './generic-enabler.ts';
import { monasca } from './monasca.ts';
import { overview } from './overview.ts';
import { pipeline } from './pipeline.ts';

/** The first is the home page. */
export const dashboards: readonly Dashboard[] = [
  overview,
  genericEnabler,
  pipeline,
  monasca,
  analyst,
];
