import { row } from '../panels/layout.ts';
import { heading } from '../panels/panels.ts';
import type { Dashboard } from '../types/dashboard.ts';
import { dashboard } from './frame.ts';
import { brokers } from './pipeline/brokers.ts';
import { delivery } from './pipeline/delivery.ts';
import { ingest } from './pipeline/ingest.ts';
import { parity } from './pipeline/parity.ts';
import { relays } from './pipeline/relays.ts';
import { service } from './pipeline/service.ts';
import { dataSources, job } from './variables.ts';

export const pipeline: Dashboard = dashboard({
  uid: 'heartbeat-pipeline',
  title: 'Heartbeat / Pipeline',
  description:
    'Health of the service: heartbeats received, delivery, liveness evaluation, resources.',
  variables: [...dataSources, job],
  rows: [
    row(1, heading(100, 'Heartbeats received')),
    ...ingest,
    row(1, heading(104, 'Message brokers')),
    ...brokers,
    row(1, heading(101, 'Delivery to Monasca and notifiers')),
    ...delivery,
    row(1, heading(102, 'Comparison of the service and Monasca')),
    ...parity,
    row(1, heading(105, 'Relays')),
    ...relays,
    row(1, heading(103, 'The service')),
    ...service,
  ],
});
