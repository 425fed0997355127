import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { address, setParams } from '../../data/address.ts';
import { type ApiQuery, api, getJson } from '../../data/request.ts';
import { useStore } from '../../data/store.ts';
import { Choice, Empty, Failure, Loading } from '../../parts/controls.tsx';
import { dateText } from '../../parts/format.ts';
import { useLoaded, useSettled } from '../../parts/hooks.ts';
import { Chart, type ChartHandle } from './chart.tsx';
import { type ActivityRow, type ActivitySeries, seriesOf, stepFor } from './series.ts';

const periods = {
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const;
type PeriodName = keyof typeof periods;
const periodNames = ['1h', '6h', '24h', '7d', '30d'] as const satisfies readonly PeriodName[];
const periodOf = (text: string | null): PeriodName =>
  periodNames.find((one) => one === text) ?? '24h';

/** Active instances over a period, by component or version. */
export function ActivityView() {
  const { params } = useStore(address);
  const chart = useRef<ChartHandle>(null);
  const period = periodOf(params.get('period'));
  const [from, to] = [params.get('from'), params.get('to')];
  const name = params.get('name') ?? '';
  const settledName = useSettled(name);
  const by =
    params.get('by') === 'version' ? 'name,version' : params.get('by') === 'all' ? '' : 'name';
  const lengthMs = from !== null && to !== null ? Number(to) - Number(from) : periods[period];
  const query: ApiQuery = {
    ...(from !== null && to !== null ? { from, to } : { from: `now-${period}` }),
    ...{ step: stepFor(lengthMs), by, name: settledName === '' ? undefined : `*${settledName}*` },
  };
  const key = JSON.stringify(query);
  const { value, error, isLoading } = useLoaded(key, (signal) =>
    getJson<readonly ActivityRow[]>('active', query, signal),
  );
  const series = useMemo(() => value && seriesOf(value), [value]);
  return (
    <>
      <header class="title">
        <h1>Activity</h1>
        <span class="muted">
          {from !== null && to !== null
            ? `${dateText(Number(from))} – ${dateText(Number(to))}`
            : `the last ${period.replace(/\D/, ' $&')}`}
        </span>
        <span class="title-end">
          <a
            class="button"
            href={api('active', { ...query, format: 'csv' })}
            download="activity.csv"
          >
            CSV
          </a>
          <button type="button" onClick={() => chart.current?.download()}>
            PNG
          </button>
        </span>
      </header>
      <ActivityToolbar period={period} hasFixedPeriod={from !== null} name={name} />
      <Failure text={error} />
      {!series && isLoading && <Loading />}
      {series?.names.length === 0 && <Empty title="No instance was active in this period" />}
      {series && series.names.length > 0 && (
        <ActivityChart series={series} isLoading={isLoading} handle={chart} />
      )}
    </>
  );
}

type ToolbarProps = {
  readonly period: PeriodName;
  readonly hasFixedPeriod: boolean;
  readonly name: string;
};

function ActivityToolbar({ period, hasFixedPeriod, name }: ToolbarProps) {
  const { params } = useStore(address);
  return (
    <div class="toolbar">
      <Choice
        label="Period"
        options={periodNames.map((one) => [one, one.replace(/\D/, ' $&')] as const)}
        value={hasFixedPeriod ? '' : period}
        onChange={(next) =>
          setParams({ period: next, from: undefined, to: undefined }, { push: true })
        }
      />
      <Choice
        label="Series"
        options={[
          ['', 'by component'],
          ['version', 'by version'],
          ['all', 'all together'],
        ]}
        value={params.get('by') ?? ''}
        onChange={(next) => setParams({ by: next })}
      />
      <input
        type="search"
        aria-label="Only components whose name contains"
        placeholder="Component"
        value={name}
        onInput={(event) => setParams({ name: event.currentTarget.value })}
      />
    </div>
  );
}

type ActivityChartProps = {
  readonly series: ActivitySeries;
  readonly isLoading: boolean;
  readonly handle: RefObject<ChartHandle | null>;
};

function ActivityChart({ series, isLoading, handle }: ActivityChartProps) {
  const { names, omitted } = series;
  return (
    <section class={`card chart-card ${isLoading ? 'loading-over' : ''}`}>
      <Chart
        handle={handle}
        series={series}
        onSelect={(fromMs, toMs) =>
          setParams({ from: Math.floor(fromMs), to: Math.ceil(toMs) }, { push: true })
        }
      />
      <p class="muted hint">
        Drag over the chart to select a period.
        {omitted > 0 &&
          ` The ${names.length} largest series of ${names.length + omitted} are displayed.`}
      </p>
    </section>
  );
}
