import type { Dashboard } from '../../../grafana/types/dashboard.ts';

/** The values of variables: several of one that may have them; undefined is All. */
export type Choices = Readonly<Record<string, readonly string[] | string | undefined>>;

export type QueryRange = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Between two points of a chart, and between two scrapes. */
  readonly intervalSeconds: number;
  readonly scrapeSeconds: number;
};

/**
 * Fills in Grafana's variables, as its documentation says: in PromQL several values become an
 * alternative whose parts are escaped; `${name:format}` formats otherwise; All is `allValue` as it
 * stands.
 */
export function interpolate(
  text: string,
  dashboard: Dashboard,
  choices: Choices,
  range: QueryRange,
): string {
  const values = valuesOf(dashboard, choices);
  return text
    .replaceAll(/\$\{__(?:time)?(from|to):date:iso\}/gi, (_, end: string) =>
      new Date(end.toLowerCase() === 'from' ? range.fromMs : range.toMs).toISOString(),
    )
    .replaceAll(/\$(?:\{(__\w+)\}|(__\w+))/g, (found, braced?: string, bare?: string) => {
      return builtIn(range)[braced ?? bare ?? ''] ?? found;
    })
    .replaceAll(
      /\$\{(\w+)(?::(\w+))?\}|\$([a-z]\w*)/g,
      (found, braced?: string, format = 'promql', bare?: string) => {
        const value = values.get(braced ?? bare ?? '');
        return value === undefined ? found : formatted(value, format);
      },
    );
}

type Value =
  | { readonly kind: 'all'; readonly text: string }
  | { readonly kind: 'some'; readonly values: readonly string[] };

function valuesOf({ templating }: Dashboard, choices: Choices): Map<string, Value> {
  return new Map(
    templating.list.map((variable): [string, Value] => {
      const chosen = choices[variable.name];
      if (chosen !== undefined) return [variable.name, { kind: 'some', values: [chosen].flat() }];
      if (variable.type === 'query')
        return [variable.name, { kind: 'all', text: variable.allValue }];
      return [variable.name, { kind: 'some', values: [variable.current.value] }];
    }),
  );
}

function formatted(value: Value, format: string): string {
  if (value.kind === 'all') return value.text;
  const { values } = value;
  switch (format) {
    case 'csv':
      return values.join(',');
    case 'json':
      return JSON.stringify(values);
    case 'raw':
      return values.length === 1 ? (values[0] ?? '') : `{${values.join(',')}}`;
    case 'regex':
      return alternatives(values.map(escaped));
    default:
      // In PromQL the pattern is in a string, where a backslash is written twice.
      return alternatives(values.map((one) => escaped(one).replaceAll('\\', '\\\\')));
  }
}

const alternatives = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : `(${parts.join('|')})`;
const escaped = (text: string): string => text.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

function builtIn({
  fromMs,
  toMs,
  intervalSeconds,
  scrapeSeconds,
}: QueryRange): Record<string, string> {
  const rangeSeconds = Math.ceil((toMs - fromMs) / 1_000);
  return {
    __rate_interval: `${Math.max(intervalSeconds + scrapeSeconds, 4 * scrapeSeconds)}s`,
    __interval: `${intervalSeconds}s`,
    __range: `${rangeSeconds}s`,
    __range_s: String(rangeSeconds),
  };
}
