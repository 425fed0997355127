import { z } from 'zod';
import { panel } from './panel.ts';
import {
  infinityRef,
  infinityTarget,
  infinityType,
  infinityVariableQuery,
  prometheusRef,
  prometheusType,
  prometheusVariableQuery,
} from './target.ts';

/**
 * A dashboard in Grafana's classic model, schema version 42: the only one that file provisioning
 * reads in every release from 12 on. Whatever is not named here is refused: Grafana would pass it
 * over in silence.
 */
const shown = { name: z.string().regex(/^[a-z_]+$/), label: z.string().min(1), hide: z.literal(0) };
const option = z.strictObject({ text: z.string(), value: z.string(), selected: z.boolean() });

const dataSourceVariable = z.strictObject({
  type: z.literal('datasource'),
  ...shown,
  query: z.enum([prometheusType, infinityType]),
  regex: z.string(),
  current: option,
});

/** Any number of values, from a query that is made anew when the range of time changes. */
const many = {
  ...shown,
  multi: z.literal(true),
  includeAll: z.literal(true),
  allValue: z.string().min(1),
  refresh: z.literal(2),
  sort: z.literal(1),
  regex: z.literal(''),
};
const labelVariable = z.strictObject({
  type: z.literal('query'),
  ...many,
  datasource: prometheusRef,
  definition: z.string().startsWith('label_values('),
  query: prometheusVariableQuery,
});
const infinityVariable = z.strictObject({
  type: z.literal('query'),
  ...many,
  datasource: infinityRef,
  definition: z.string().startsWith('/'),
  query: infinityVariableQuery,
});
const customVariable = z.strictObject({
  type: z.literal('custom'),
  ...shown,
  query: z.string().min(1),
  multi: z.literal(false),
  includeAll: z.literal(false),
  current: option,
  options: z.array(option).min(2),
});
const variable = z.union([dataSourceVariable, labelVariable, infinityVariable, customVariable]);
export type Variable = z.infer<typeof variable>;

const annotation = z.union([
  z.strictObject({
    builtIn: z.literal(1),
    name: z.string(),
    type: z.literal('dashboard'),
    datasource: z.strictObject({ type: z.literal('grafana'), uid: z.literal('-- Grafana --') }),
    enable: z.literal(true),
    hide: z.literal(true),
    iconColor: z.string(),
  }),
  z.strictObject({
    name: z.string(),
    datasource: prometheusRef,
    enable: z.boolean(),
    hide: z.literal(false),
    iconColor: z.string(),
    titleFormat: z.string(),
    textFormat: z.string(),
    tagKeys: z.string(),
    useValueForTime: z.literal(false),
    target: z.strictObject({
      refId: z.literal('Anno'),
      expr: z.string().min(1),
      interval: z.string(),
    }),
  }),
  z.strictObject({
    name: z.string(),
    datasource: infinityRef,
    enable: z.boolean(),
    hide: z.literal(false),
    iconColor: z.string(),
    target: infinityTarget,
  }),
]);
export type Annotation = z.infer<typeof annotation>;

const link = z.strictObject({
  type: z.literal('dashboards'),
  title: z.string(),
  tags: z.array(z.string()).min(1),
  asDropdown: z.literal(true),
  includeVars: z.literal(true),
  keepTime: z.literal(true),
  targetBlank: z.literal(false),
  icon: z.string(),
  tooltip: z.string(),
  url: z.literal(''),
});

export const dashboardSchema = z.strictObject({
  id: z.null(),
  uid: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  title: z.string().min(1),
  description: z.string().min(1),
  tags: z.array(z.string()).min(1),
  schemaVersion: z.literal(42),
  editable: z.literal(false),
  graphTooltip: z.literal(1),
  timezone: z.enum(['browser', 'utc']),
  refresh: z.enum(['', '10s', '30s', '1m', '5m']),
  time: z.strictObject({ from: z.string().startsWith('now-'), to: z.literal('now') }),
  links: z.array(link),
  annotations: z.strictObject({ list: z.array(annotation).min(1) }),
  templating: z.strictObject({ list: z.array(variable).min(1) }),
  panels: z.array(panel).min(1),
});
export type Dashboard = z.infer<typeof dashboardSchema>;
