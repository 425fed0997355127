import type { Alert } from './alert.ts';
import { fleetAlerts } from './fleet.ts';
import { pipelineAlerts } from './pipeline.ts';

/** In two groups, as both programs show them. */
export const alertGroups: readonly { readonly name: string; readonly alerts: readonly Alert[] }[] =
  [
    { name: 'heartbeat-fleet', alerts: fleetAlerts },
    { name: 'heartbeat-pipeline', alerts: pipelineAlerts },
  ];

export const alerts: readonly Alert[] = alertGroups.flatMap((group) => group.alerts);
