import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

type VirtualListProps<T> = {
  readonly items: readonly T[];
  readonly rowHeight: number;
  readonly keyOf: (item: T) => string;
  readonly render: (item: T, index: number) => ComponentChildren;
  readonly label: string;
  readonly class?: string;
};

/** Rows beyond the visible ones on both sides. */
const spare = 8;

/** A list of rows of one height, of which only those in sight are in the document. */
export function VirtualList<T>({
  items,
  rowHeight,
  keyOf,
  render,
  label,
  ...rest
}: VirtualListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [[first, end], setRange] = useState([0, 40]);
  useLayoutEffect(() => {
    let isScheduled = false;
    const measure = () => {
      isScheduled = false;
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / rowHeight) - spare);
      const to = Math.ceil((innerHeight - top) / rowHeight) + spare;
      // Rows are exchanged in groups: not for each pixel.
      const range: [number, number] = [from - (from % 4), to + 4 - (to % 4)];
      setRange((before) => (before[0] === range[0] && before[1] === range[1] ? before : range));
    };
    const schedule = () => {
      if (isScheduled) return;
      isScheduled = true;
      requestAnimationFrame(measure);
    };
    measure();
    addEventListener('scroll', schedule, { passive: true });
    addEventListener('resize', schedule);
    return () => {
      removeEventListener('scroll', schedule);
      removeEventListener('resize', schedule);
    };
  }, [rowHeight, items.length]);
  const from = Math.min(first ?? 0, items.length);
  const shown = items.slice(from, end);
  return (
    <ul
      ref={list}
      aria-label={label}
      class={`virtual-list ${rest.class ?? ''}`}
      style={{ height: `${items.length * rowHeight}px` }}
    >
      {shown.map((item, at) => (
        <li
          key={keyOf(item)}
          class="virtual-row"
          aria-posinset={from + at + 1}
          aria-setsize={items.length}
          style={{
            height: `${rowHeight}px`,
            transform: `translateY(${(from + at) * rowHeight}px)`,
          }}
        >
          {render(item, from + at)}
        </li>
      ))}
    </ul>
  );
}
