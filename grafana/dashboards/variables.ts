import {
  heartbeatApi,
  infinityQuery,
  jsonata,
  monasca,
  rangeInBrowser,
  strings,
} from '../queries/infinity.ts';
import { chosen, nameOf, prometheus, selector } from '../queries/prometheus.ts';
import type { Variable } from '../schema/dashboard.ts';
import { infinityType, prometheusType } from '../schema/target.ts';
import { sourceNames, sourceUids } from '../sources/names.ts';

/** What can be chosen above a dashboard. */
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
  // Both Infinity data sources are of one type: the name tells which is which.
  regex: `/^${sourceNames[source].split(' ')[0]}/`,
  current: { text: sourceNames[source], value: sourceUids[source], selected: true },
});

export const dataSources: readonly Variable[] = [
  dataSource('datasource', 'Data source', prometheusType, 'prometheus'),
  dataSource('api_datasource', 'Heartbeat API', infinityType, 'api'),
];
export const monascaSource = dataSource('monasca_datasource', 'Monasca', infinityType, 'monasca');

const many = {
  type: 'query',
  hide: 0,
  multi: true,
  includeAll: true,
  allValue: '.+',
  refresh: 2,
  sort: 1,
  regex: '',
} as const;

function values(name: string, label: string, selected: string, of: string): Variable {
  const definition = `label_values(${selected}, ${of})`;
  const query = { qryType: 1, query: definition, refId: variableRefId } as const;
  return { ...many, name, label, datasource: prometheus, definition, query };
}
const variableRefId = 'PrometheusVariableQueryEditor-VariableQuery';

const active = nameOf('activeInstances');

/** Which services are looked at, where there are several. */
export const job = values('job', 'Job', nameOf('instances'), 'job');
export const enabler = values('ge', 'Generic Enabler', selector(active), 'name');
/** Only where the service answers on /metrics/instances. */
export const instance = values(
  'instance',
  'Instance',
  selector(nameOf('instanceState'), ...chosen),
  'instance_id',
);
export const version = values('version', 'Version', selector(active, 'name=~"$ge"'), 'version');

/** Generic Enablers by what Monasca has of them: it may know some that the service has forgotten. */
export const enablerInMonasca: Variable = {
  ...many,
  name: 'ge',
  label: 'Generic Enabler',
  datasource: monasca,
  definition: '/v2.0/metrics/dimensions/names/values',
  query: {
    queryType: 'infinity',
    refId: 'variable',
    infinityQuery: {
      refId: 'variable',
      format: 'table',
      ...infinityQuery({
        path: '/v2.0/metrics/dimensions/names/values',
        parameters: { metric_name: 'GE_Heartbeat', dimension_name: 'name' },
        root: jsonata('elements.{"__text": dimension_value, "__value": dimension_value}'),
        columns: strings({ __text: '__text', __value: '__value' }),
      }),
    },
  },
};

/** Generic Enablers that were active in the range of time, by the ledger: also those long gone. */
export const enablerInLedger: Variable = {
  ...enablerInMonasca,
  datasource: heartbeatApi,
  definition: '/api/v1/active',
  query: {
    queryType: 'infinity',
    refId: 'variable',
    infinityQuery: {
      refId: 'variable',
      format: 'table',
      ...infinityQuery({
        path: '/api/v1/active',
        parameters: { ...rangeInBrowser, by: 'name' },
        root: jsonata('$.{"__text": name, "__value": name}'),
        columns: strings({ __text: '__text', __value: '__value' }),
      }),
    },
  },
};

/** One of some, the first of which counts at first. */
export function choice(
  name: string,
  label: string,
  options: Readonly<Record<string, string>>,
): Variable {
  const list = Object.entries(options).map(([text, value], at) => ({
    text,
    value,
    selected: at === 0,
  }));
  const [current = { text: '', value: '', selected: true }] = list;
  const query = list.map(({ text, value }) => `${text} : ${value}`).join(', ');
  const shown = { type: 'custom', name, label, hide: 0, multi: false, includeAll: false } as const;
  return { ...shown, query, options: list, current };
}
