import { formatDuration } from '../../contract/values/duration.ts';
import { ownProperty } from '../../contract/values/own-property.ts';
import { formatShare, formatShortTime, shareColour, stateColour } from './format.ts';
import type { Colour } from './screen.ts';

type FieldValue = string | number | boolean | readonly string[] | null | undefined;

/** One field of a row: a column of the table and of the CSV file. */
export type RowField<Row> = {
  /** Title in the table, if it differs from `key`. */
  readonly title?: string;
  /** `text` if absent. */
  readonly kind?: FieldKind;
  /** Colour in the table, if it differs from that of the kind. */
  readonly colour?: (row: Row) => Colour | undefined;
} & (
  | { readonly key: string; readonly value: (row: Row) => FieldValue }
  /** A member of the row. */
  | { readonly key: keyof Row & string; readonly value?: never }
);

type Display = {
  readonly align?: 'right';
  /** Whether a narrow table cuts it. Half a time, a number or a state is of no use. */
  readonly isCuttable?: true;
  readonly format: (value: unknown) => string;
  readonly colour?: (value: unknown) => Colour | undefined;
};

/** How tables display a value; one that is undefined or null is an empty cell. */
const displays = {
  text: { isCuttable: true, format: String },
  id: { format: String },
  state: { format: String, colour: (value) => stateColour(String(value)) },
  time: { format: (value) => formatShortTime(String(value)) },
  number: { align: 'right', format: String },
  seconds: { align: 'right', format: (value) => formatDuration(Number(value) * 1_000) },
  share: {
    align: 'right',
    format: (value) => formatShare(Number(value)),
    colour: (value) => shareColour(Number(value)),
  },
} as const satisfies Readonly<Record<string, Display>>;
type FieldKind = keyof typeof displays;

export const fieldDisplay = ({ kind = 'text' }: { readonly kind?: FieldKind }): Display =>
  displays[kind];

export const fieldValue = <Row>({ key, value }: RowField<Row>, row: Row): unknown =>
  value ? value(row) : ownProperty(row, key);
