import type { InstancePast } from '../../data/instance-past.ts';
import { getJson } from '../../data/request.ts';
import { clockText, durationText } from '../../parts/format.ts';
import { useLoaded } from '../../parts/hooks.ts';

/** Bars that fit the width of a phone. */
const shown = 120;

/** A time that contains the heartbeats to be displayed, if the instance is up. */
const readSeconds = ({ interval = 60 }: InstancePast): number =>
  Math.ceil(Math.min(86_400, Math.max(120, interval * shown)));

/** Times between the last heartbeats, as Monasca returns them, with the thresholds as lines. */
export function Intervals({ value }: { value: InstancePast }) {
  const { name, version, instance, lateSeconds, downSeconds } = value;
  const { value: found, error } = useLoaded(
    JSON.stringify([name, version, instance, value.state, value.stateSince]),
    (signal) =>
      getJson<InstancePast>(
        'instance',
        { name, version, instance, include: 'heartbeats', from: `now-${readSeconds(value)}s` },
        signal,
      ),
  );
  const times = found?.heartbeats?.map((time) => Date.parse(time));
  return (
    <section class="card">
      <h2>Intervals between heartbeats</h2>
      {error !== undefined && <p class="muted">{error}</p>}
      {found && times === undefined && (
        <p class="muted">
          The service keeps presences, not single heartbeats; Monasca, which keeps them, is not
          configured or did not return them.
        </p>
      )}
      {times && times.length < 2 && <p class="muted">Too few heartbeats lately.</p>}
      {times && times.length >= 2 && (
        <Chart times={times.slice(-shown - 1)} late={lateSeconds} down={downSeconds} />
      )}
    </section>
  );
}

type ChartProps = {
  readonly times: readonly number[];
  readonly late: number;
  readonly down: number;
};

const height = 96;

function Chart({ times, late, down }: ChartProps) {
  const gaps = times
    .slice(1)
    .map((time, at) => ({ time, seconds: (time - (times[at] ?? 0)) / 1_000 }));
  const sorted = gaps.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const longest = sorted.at(-1) ?? 0;
  // A long pause must not make all other bars flat.
  const most = Math.max(down * 1.15, Math.min(down * 2, longest));
  const yOf = (seconds: number) => height - (Math.min(seconds, most) / most) * height;
  const width = 100 / gaps.length;
  return (
    <figure class="intervals">
      <svg
        viewBox={`0 0 100 ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Median ${durationText(median)}, longest ${durationText(longest)}`}
      >
        {gaps.map(({ time, seconds }, at) => (
          <rect
            key={time}
            class={seconds >= down ? 'down' : seconds >= late ? 'late' : 'up'}
            x={at * width + width * 0.15}
            width={width * 0.7}
            y={yOf(seconds)}
            height={height - yOf(seconds)}
          >
            <title>{`${durationText(seconds)}, until ${clockText(time)}`}</title>
          </rect>
        ))}
        <line class="late" x1="0" x2="100" y1={yOf(late)} y2={yOf(late)} />
        <line class="down" x1="0" x2="100" y1={yOf(down)} y2={yOf(down)} />
      </svg>
      <figcaption class="muted">
        Last {gaps.length} intervals · median {durationText(median)} · longest{' '}
        {durationText(longest)} · late after {durationText(late)}, down after {durationText(down)}
      </figcaption>
    </figure>
  );
}
