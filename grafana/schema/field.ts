import { z } from 'zod';

/** How values look: units, colours, thresholds, words for numbers. */
export const colors = [
  'green',
  'yellow',
  'orange',
  'red',
  'blue',
  'purple',
  'text',
  'gray',
] as const;
const colorName = z.enum(colors);

export const thresholds = z.strictObject({
  mode: z.literal('absolute'),
  steps: z
    .array(z.strictObject({ value: z.number().nullable(), color: colorName }))
    .min(1)
    .refine((steps) => steps[0]?.value === null, 'the first step has no value')
    .refine(
      (steps) =>
        steps.slice(1).every(({ value }, at) => (value ?? -1) > (steps[at]?.value ?? -Infinity)),
      'the steps ascend',
    ),
});

const words = z.strictObject({
  text: z.string().min(1),
  color: colorName.exactOptional(),
  index: z.int().exactOptional(),
});
export const mapping = z.strictObject({
  type: z.literal('value'),
  options: z.record(z.string(), words),
});

const color = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.enum(['palette-classic', 'palette-classic-by-name', 'thresholds']) }),
  z.strictObject({ mode: z.literal('fixed'), fixedColor: colorName }),
]);

/** Ids of units are checked against Grafana's own list. */
const unit = z.string().min(1);

export const cellOptions = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto') }),
  z.strictObject({ type: z.literal('color-text') }),
  z.strictObject({ type: z.literal('color-background'), mode: z.literal('basic') }),
]);

const property = z.discriminatedUnion('id', [
  z.strictObject({ id: z.literal('unit'), value: unit }),
  z.strictObject({ id: z.literal('displayName'), value: z.string() }),
  z.strictObject({ id: z.literal('color'), value: color }),
  z.strictObject({ id: z.literal('mappings'), value: z.array(mapping) }),
  z.strictObject({ id: z.literal('thresholds'), value: thresholds }),
  z.strictObject({ id: z.literal('custom.width'), value: z.int().positive() }),
  z.strictObject({ id: z.literal('custom.cellOptions'), value: cellOptions }),
]);

const override = z.strictObject({
  matcher: z.strictObject({ id: z.literal('byName'), options: z.string() }),
  properties: z.array(property).min(1),
});
export type Override = z.infer<typeof override>;

/** The field configuration of a kind of panel, whose own settings are `custom`. */
export const fieldConfig = <Custom extends z.ZodType>(custom: Custom) =>
  z.strictObject({
    defaults: z.strictObject({
      unit,
      decimals: z.int().min(0).max(6).exactOptional(),
      min: z.number().exactOptional(),
      max: z.number().exactOptional(),
      noValue: z.string().min(1),
      displayName: z.string().min(1).exactOptional(),
      color,
      thresholds,
      mappings: z.array(mapping),
      custom,
    }),
    overrides: z.array(override),
  });

export type Thresholds = z.infer<typeof thresholds>;
export type Mapping = z.infer<typeof mapping>;
export type Color = (typeof colors)[number];
export type FieldColor = z.infer<typeof color>;
