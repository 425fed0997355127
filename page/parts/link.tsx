import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { goTo } from '../data/address.ts';

type LinkProps = {
  readonly to: string;
  readonly class?: string;
  readonly children: ComponentChildren;
  readonly current?: boolean;
  readonly label?: string;
};

/** A link to a view, which the page opens without loading itself again. */
export function Link({ to, children, current, label, ...rest }: LinkProps) {
  const open = (event: TargetedMouseEvent<HTMLAnchorElement>) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a
      href={to}
      onClick={open}
      aria-current={current ? 'page' : undefined}
      aria-label={label}
      class={rest.class}
    >
      {children}
    </a>
  );
}
