import { createStore } from './store.ts';

/** The address of the page: the last part of the path, and the parameters. It holds the whole view. */
export type Address = { readonly view: string; readonly params: URLSearchParams };

const read = (): Address => ({
  view: location.pathname.slice(location.pathname.lastIndexOf('/') + 1),
  params: new URLSearchParams(location.search),
});

export const address = createStore(read());

addEventListener('popstate', () => address.set(read()));

export type Params = Readonly<Record<string, string | number | undefined>>;

/** Relative address of a view. */
export function linkTo(view: string, params: Params = {}): string {
  const given = Object.entries(params).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return `${view === '' ? './' : view}${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`;
}

export function goTo(target: string): void {
  history.pushState(null, '', target);
  address.set(read());
  scrollTo(0, 0);
}

/** Changes parameters of the current view; an undefined or empty one is removed. */
export function setParams(changes: Params, { push = false } = {}): void {
  const params = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') params.delete(key);
    else params.set(key, String(value));
  }
  const text = params.toString();
  const target = `${location.pathname}${text === '' ? '' : `?${text}`}`;
  if (push) history.pushState(null, '', target);
  else history.replaceState(null, '', target);
  address.set(read());
}
