import { ask, heartbeatApi, jsonata, range, strings, times } from '../queries/infinity.ts';
import { nameOf, prometheus, selector } from '../queries/prometheus.ts';
import type { Annotation } from '../schema/dashboard.ts';

const builtIn: Annotation = {
  builtIn: 1,
  name: 'Annotations & Alerts',
  type: 'dashboard',
  datasource: { type: 'grafana', uid: '-- Grafana --' },
  enable: true,
  hide: true,
  iconColor: 'rgba(0, 211, 255, 1)',
};

/** What happened, as the service noted it: each event exactly once. */
const events: Annotation = {
  name: 'Events',
  datasource: heartbeatApi,
  enable: true,
  hide: false,
  iconColor: 'orange',
  target: ask('A', {
    datasource: heartbeatApi,
    path: '/api/v1/events',
    parameters: { ...range, kind: 'down,recovered,component.down,mass_outage', limit: '500' },
    root: jsonata(
      'events.{"time": time, "title": data.kind, "text": (subject ? subject & ": " : "") & data.reason}^(time)',
    ),
    columns: [...times({ time: 'time' }), ...strings({ title: 'title', text: 'text' })],
  }),
};

const fromPrometheus = (
  name: string,
  iconColor: string,
  expr: string,
  texts: { titleFormat: string; textFormat: string },
): Annotation => ({
  name,
  datasource: prometheus,
  enable: true,
  hide: false,
  iconColor,
  ...texts,
  tagKeys: '',
  useValueForTime: false,
  target: { refId: 'Anno', expr, interval: '1m' },
});

const active = selector(nameOf('activeInstances'));

export const restarts = fromPrometheus(
  'Restarts of the service',
  'blue',
  `changes(${selector('process_start_time_seconds')}[2m]) > 0`,
  { titleFormat: 'Restarted', textFormat: 'GE Heartbeat on {{instance}} was started anew.' },
);

/** A version of which an hour before there was nothing. */
export const newVersions = fromPrometheus(
  'New versions',
  'purple',
  `${active} > 0 unless ${active} offset 1h`,
  { titleFormat: 'New version', textFormat: '{{name}} {{version}}' },
);

export const annotations: readonly Annotation[] = [builtIn, events, restarts, newVersions];
