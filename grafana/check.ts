import { z } from 'zod';
import type { GrafanaRule } from './types/provisioning.ts';

/*
 * Mistakes that the types do not catch: unknown keys from a spread object, which Grafana ignores
 * without a message, and values that must be unique or within limits.
 */
const name = z.string().min(1);
const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

const uid = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
const gridPos = z
  .strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) })
  .refine(({ x, w }) => x + w <= 24, 'within 24 columns');
type GridPos = z.infer<typeof gridPos>;

const thresholds = z.looseObject({
  steps: z
    .array(z.looseObject({ value: z.number().nullable() }))
    .refine(([first]) => first?.value === null, 'the first step has no value')
    .refine(
      ([, ...steps]) =>
        steps.every(({ value }, at) => (value ?? -1) > (steps[at - 1]?.value ?? -Infinity)),
      'the steps ascend',
    ),
});
const fieldDefaults = z.strictObject({
  unit: name,
  decimals: z.int().min(0).max(6).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  noValue: name,
  displayName: name.optional(),
  color: z.unknown(),
  thresholds,
  mappings: z.array(z.unknown()),
  custom: z.unknown(),
});

const place = { type: name, id: z.int().positive(), title: name, gridPos };
const row = z.strictObject({ ...place, collapsed: z.literal(false), panels: z.tuple([]) });
const withoutData = z.strictObject({ ...place, description: name, options: z.unknown() });
const withData = z.strictObject({
  ...withoutData.shape,
  datasource: z.unknown(),
  targets: z
    .array(z.looseObject({ refId: z.string().regex(/^[A-Z]$/) }))
    .min(1)
    .refine((targets) => isUnique(targets.map(({ refId }) => refId)), 'refIds are unique'),
  transformations: z.array(z.unknown()),
  interval: z.string().optional(),
  fieldConfig: z.strictObject({ defaults: fieldDefaults, overrides: z.array(z.unknown()) }),
});

const overlap = (a: GridPos, b: GridPos): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/**
 * JSONata that the plugin's implementation, in Go, evaluates differently from the reference: a time
 * with a numeric offset becomes midnight UTC, the second of two indices in a row is lost, and a chain
 * fails from its second evaluation on.
 */
const differing: readonly [RegExp, string][] = [
  [/\$toMillis\b/, '$toMillis reads offsets of time zones wrongly'],
  [/\]\s*\[/, 'of two indices in a row the second is lost'],
  [/~>/, 'a chain (~>) works for one row only'],
];

/** Faults of a selector, a text for each; texts and regular expressions in it do not count. */
export function jsonataFaults(selector: string): string[] {
  const code = selector.replaceAll(/"(?:\\.|[^"\\])*"|\/(?:\\.|[^/\\])+\/i?m?/g, '""');
  return differing.flatMap(([pattern, fault]) => (pattern.test(code) ? [fault] : []));
}

/** Faults of all selectors in a dashboard: in panels, annotations and variables. */
const selectorFaults = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) =>
        key === 'root_selector' ? jsonataFaults(String(member)) : selectorFaults(member),
      );

const dashboardShape = z.strictObject({
  id: z.null(),
  uid,
  title: name,
  description: name,
  tags: z.array(name).min(1),
  schemaVersion: z.literal(42),
  editable: z.literal(false),
  graphTooltip: z.literal(1),
  timezone: z.string(),
  refresh: z.string(),
  time: z.strictObject({ from: z.string().startsWith('now-'), to: z.literal('now') }),
  links: z.array(z.unknown()),
  annotations: z.strictObject({ list: z.array(z.looseObject({ name })).min(1) }),
  templating: z.strictObject({
    list: z.array(z.looseObject({ name: z.string().regex(/^[a-z_]+$/) })).min(1),
  }),
  panels: z
    .array(z.union([row, withData, withoutData]))
    .min(1)
    .refine((panels) => isUnique(panels.map(({ id }) => id)), 'ids of panels are unique')
    .refine(
      (panels) =>
        panels.every((panel, at) =>
          panels.slice(0, at).every((other) => !overlap(panel.gridPos, other.gridPos)),
        ),
      'panels do not overlap',
    ),
});

export const dashboardSchema = dashboardShape.superRefine((dashboard, context) => {
  for (const message of selectorFaults(dashboard)) context.addIssue({ code: 'custom', message });
});

const alertUids = z.array(uid).refine(isUnique, 'uids of alerts are unique');
export const checkAlerts = (rules: readonly GrafanaRule[]): void => {
  alertUids.parse(rules.map((rule) => rule.uid));
};
