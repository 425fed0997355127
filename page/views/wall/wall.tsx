import { useEffect, useState } from 'preact/hooks';
import { now } from '../../data/now.ts';
import { type SentStates, totalOf } from '../../data/overview.ts';
import { api } from '../../data/request.ts';
import { useStore } from '../../data/store.ts';
import type { Counts } from '../../data/timeline.ts';
import { clockText, numberText, plural } from '../../parts/format.ts';
import { Name } from '../../parts/name.tsx';
import { StateMark, worstOf } from '../../parts/state.tsx';

type Tile = { readonly name: string; readonly counts: Counts };

/** Time without a frame after which the connection is regarded as dead. */
const quietMs = 40_000;
const retryMs = 2_000;

/** All components at a glance, for a screen on a wall: what is wrong comes first. */
export function WallView() {
  const { tiles, isLive, isRefused } = useWall();
  const nowMs = useStore(now);
  const total = totalOf(tiles);
  useEffect(() => {
    document.title = 'Wall · GE Heartbeat';
  }, []);
  return (
    <main class={`wall ${worstOf(total)}`}>
      <header class="wall-head">
        <h1>{headline(total)}</h1>
        <p>
          <span class="wall-count up">{numberText(total.up)} up</span>
          <span class="wall-count late">{numberText(total.late)} late</span>
          <span class="wall-count down">{numberText(total.down)} down</span>
          <span class={isLive ? 'muted' : 'wall-stale'} role="status">
            {isRefused ? 'This view needs a sign-in' : isLive ? clockText(nowMs) : 'Not live'}
          </span>
        </p>
      </header>
      <ul class="wall-tiles" aria-label="Components">
        {tiles.map(({ name, counts }) => (
          <li key={name} class={worstOf(counts)}>
            <span class="wall-name">
              <StateMark state={worstOf(counts)} />
              <Name text={name} />
            </span>
            <span class="wall-numbers">
              {counts.up}
              {counts.late + counts.down > 0 && ` of ${counts.up + counts.late + counts.down}`} up
            </span>
          </li>
        ))}
      </ul>
    </main>
  );
}

function headline({ up, late, down }: Counts): string {
  if (up + late + down === 0) return 'No instance is active';
  if (down > 0) return `${plural(down, 'instance')} down`;
  return late > 0 ? `${plural(late, 'instance')} late` : 'Everything is up';
}

const severity = { down: 0, late: 1, up: 2, retired: 3 } as const;

/** Follows the states of all components, which may need no token. */
function useWall() {
  const [components, setComponents] = useState<ReadonlyMap<string, SentStates>>(new Map());
  const [status, setStatus] = useState<'live' | 'stale' | 'refused'>('stale');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    const connect = () => {
      source?.close();
      source = new EventSource(api('wall'));
      let isFirst = true;
      const expectMore = () => {
        clearTimeout(timer);
        timer = setTimeout(connect, quietMs);
      };
      source.addEventListener('open', () => setStatus('live'));
      source.addEventListener('alive', expectMore);
      source.addEventListener('states', (message: MessageEvent<string>) => {
        expectMore();
        const changed: SentStates[] = JSON.parse(message.data);
        const entries = changed.map(
          (one) => [JSON.stringify([one.name, one.version]), one] as const,
        );
        const isWhole = isFirst;
        isFirst = false;
        setComponents((before) => new Map(isWhole ? entries : [...before, ...entries]));
      });
      source.addEventListener('error', () => {
        source?.close();
        setStatus('stale');
        clearTimeout(timer);
        timer = setTimeout(connect, retryMs);
        void fetch(api('session'))
          .then((response) => response.json())
          .then(({ signInRequired }) => signInRequired && setStatus('refused'))
          .catch(() => undefined);
      });
    };
    connect();
    return () => {
      source?.close();
      clearTimeout(timer);
    };
  }, []);
  return { tiles: tilesOf(components), isLive: status === 'live', isRefused: status === 'refused' };
}

function tilesOf(components: ReadonlyMap<string, SentStates>): Tile[] {
  const names = Map.groupBy(components.values(), ({ name }) => name);
  return [...names]
    .map(([name, versions]) => ({
      name,
      counts: totalOf(versions.map((one) => ({ counts: one }))),
    }))
    .filter(({ counts: { up, late, down } }) => up + late + down > 0)
    .sort(
      (one, other) =>
        severity[worstOf(one.counts)] - severity[worstOf(other.counts)] ||
        one.name.localeCompare(other.name, undefined, { numeric: true }),
    );
}
