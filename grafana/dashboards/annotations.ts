import { jsonata, strings, tableOf, timeRange, times } from '../queries/infinity.ts';
import { nameOf, selector } from '../queries/prometheus.ts';
import { heartbeatApi, prometheus } from '../sources/names.ts';
import type { Annotation, PrometheusAnnotation } from '../types/dashboard.ts';

const builtIn: Annotation = {
  builtIn: 1,
  name: 'Annotations & Alerts',
  type: 'dashboard',
  datasource: { type: 'grafana', uid: '-- Grafana --' },
  enable: true,
  hide: true,
  iconColor: 'rgba(0, 211, 255, 1)',
};

/** Events from the service, each exactly once. */
const events: Annotation = {
  name: 'Events',
  datasource: heartbeatApi,
  enable: true,
  hide: false,
  iconColor: 'orange',
  target: {
    refId: 'A',
    ...tableOf({
      datasource: heartbeatApi,
      path: '/api/v1/events',
      parameters: {
        ...timeRange,
        kind: 'down,recovered,component.down,mass_outage',
        limit: '500',
      },
      root: jsonata(
        'events.{"time": time, "title": data.kind, "text": (subject ? subject & ": " : "") & data.reason}^(time)',
      ),
      columns: [times({ time: 'time' }), strings({ title: 'title', text: 'text' })],
    }),
  },
};

type Texts = Pick<PrometheusAnnotation, 'name' | 'iconColor' | 'titleFormat' | 'textFormat'>;

const fromPrometheus = (texts: Texts, expr: string): Annotation => ({
  name: texts.name,
  datasource: prometheus,
  enable: true,
  hide: false,
  iconColor: texts.iconColor,
  titleFormat: texts.titleFormat,
  textFormat: texts.textFormat,
  tagKeys: '',
  useValueForTime: false,
  target: { refId: 'Anno', expr, interval: '1m' },
});

const restarts = fromPrometheus(
  {
    name: 'Restarts of the service',
    iconColor: 'blue',
    titleFormat: 'Restarted',
    textFormat: 'GE Heartbeat restarted on {{instance}}.',
  },
  `changes(${selector('process_start_time_seconds')}[2m]) > 0`,
);

const active = selector(nameOf('activeInstances'));
/** Versions that are active and were not an hour before. */
const newVersions = fromPrometheus(
  {
    name: 'New versions',
    iconColor: 'purple',
    titleFormat: 'New version',
    textFormat: '{{name}} {{version}}',
  },
  `${active} > 0 unless ${active} offset 1h`,
);

export const annotations: readonly Annotation[] = [builtIn, events, restarts, newVersions];
