import {
  infinityRequest,
  jsonata,
  type Request,
  strings,
  timeRangeInBrowser,
} from '../queries/infinity.ts';
import { withPlainText } from '../queries/monasca.ts';
import { nameOf, selectedComponents, selector } from '../queries/prometheus.ts';
import {
  heartbeatApi,
  infinityType,
  monasca,
  prometheus,
  prometheusType,
  sourceNames,
  sourceUids,
} from '../sources/names.ts';
import type { Variable } from '../types/dashboard.ts';
import type { InfinityRef } from '../types/query.ts';

/** Variables, which a user selects above a dashboard. */
const dataSource = (
  name: string,
  label: string,
  query: typeof prometheusType | typeof infinityType,
  source: keyof typeof sourceUids,
): Variable => ({
  type: 'datasource',
  name,
  label,
  hide: 0,
  query,
  // Both Infinity data sources are of one type: the name distinguishes them.
  regex: `/^${sourceNames[source].split(' ')[0]}/`,
  current: { text: sourceNames[source], value: sourceUids[source], selected: true },
});

export const dataSources: readonly Variable[] = [
  dataSource('datasource', 'Data source', prometheusType, 'prometheus'),
  dataSource('api_datasource', 'Heartbeat API', infinityType, 'api'),
];
export const monascaSource = dataSource('monasca_datasource', 'Monasca', infinityType, 'monasca');

/** Several values, from a query that runs again when the time range changes. */
const several = (name: string, label: string) =>
  ({
    type: 'query',
    name,
    label,
    hide: 0,
    multi: true,
    includeAll: true,
    allValue: '.+',
    refresh: 2,
    sort: 1,
    regex: '',
  }) as const;

function labelValues(name: string, label: string, selected: string, of: string): Variable {
  const definition = `label_values(${selected}, ${of})`;
  return {
    ...several(name, label),
    datasource: prometheus,
    definition,
    // 1 is label values, with the text of the query.
    query: {
      qryType: 1,
      query: definition,
      refId: 'PrometheusVariableQueryEditor-VariableQuery',
    },
  };
}

const active = nameOf('activeInstances');

/** Jobs, where several services are scraped. */
export const job = labelValues('job', 'Job', nameOf('instances'), 'job');
export const component = labelValues('ge', 'Generic Enabler', selector(active), 'name');
export const version = labelValues(
  'version',
  'Version',
  selector(active, 'name=~"$ge"'),
  'version',
);
/** Empty unless the service provides /metrics/instances. */
export const instance = labelValues(
  'instance',
  'Instance',
  selector(nameOf('instanceState'), ...selectedComponents),
  'instance_id',
);

const components = (
  datasource: InfinityRef,
  request: Pick<Request, 'path' | 'parameters'>,
  names: string,
): Variable => ({
  ...several('ge', 'Generic Enabler'),
  datasource,
  definition: request.path,
  query: {
    queryType: 'infinity',
    refId: 'variable',
    infinityQuery: {
      refId: 'variable',
      ...infinityRequest({
        ...request,
        root: jsonata(names),
        columns: [strings({ __text: '__text', __value: '__value' })],
      }),
    },
  },
});

/** Components in Monasca, which may have some that the service has forgotten. */
export const componentInMonasca = components(
  monasca,
  {
    path: '/v2.0/metrics/dimensions/names/values',
    parameters: { metric_name: 'GE_Heartbeat', dimension_name: 'name' },
  },
  withPlainText('elements.{"__text": $plain(dimension_value), "__value": $plain(dimension_value)}'),
);

/** Components that were active in the time range, by the ledger. */
export const componentInLedger = components(
  heartbeatApi,
  { path: '/api/v1/active', parameters: { ...timeRangeInBrowser, by: 'name' } },
  '$.{"__text": name, "__value": name}',
);

/** One of several values; the first is the default. */
export function choice(
  name: string,
  label: string,
  values: Readonly<Record<string, string>>,
): Variable {
  const options = Object.entries(values).map(([text, value], at) => ({
    text,
    value,
    selected: at === 0,
  }));
  const [current = { text: '', value: '', selected: true }] = options;
  const query = options.map(({ text, value }) => `${text} : ${value}`).join(', ');
  const shown = { type: 'custom', name, label, hide: 0, query } as const;
  return { ...shown, multi: false, includeAll: false, current, options };
}
