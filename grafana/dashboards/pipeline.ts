import { row } from '../panels/layout.ts';
import { heading } from '../panels/panels.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { delivery } from './pipeline/delivery.ts';
import { ingest } from './pipeline/ingest.ts';
import { parity } from './pipeline/parity.ts';
import { service } from './pipeline/service.ts';
import { dataSources, job } from './variables.ts';

export const pipeline: Dashboard = dashboard({
  uid: 'heartbeat-pipeline',
  title: 'Heartbeat / Pipeline',
  description:
    'Whether the service itself is well: heartbeats in, Monasca and notifiers out, and what it saw.',
  variables: [...dataSources, job],
  rows: [
    row(1, heading(100, 'Heartbeats in')),
    ...ingest,
    row(1, heading(101, 'Delivery to Monasca and to notifiers')),
    ...delivery,
    row(1, heading(102, 'The service says, Monasca says')),
    ...parity,
    row(1, heading(103, 'The service')),
    ...service,
  ],
});
