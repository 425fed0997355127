import { useEffect, useState } from 'preact/hooks';
import { textOf } from '../data/request.ts';

/** Result of a request for a view. */
export type Loaded<T> = {
  readonly value: T | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
};

/** Loads when `key` changes, and keeps the value of before until then; an empty key loads nothing. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({
    value: undefined,
    error: undefined,
    isLoading: true,
  });
  useEffect(() => {
    if (key === '') return;
    const leaving = new AbortController();
    setState(({ value, error }) => ({ value, error, isLoading: true }));
    load(leaving.signal).then(
      (value) => {
        if (!leaving.signal.aborted) setState({ value, error: undefined, isLoading: false });
      },
      (error: unknown) => {
        if (leaving.signal.aborted) return;
        setState(({ value }) => ({ value, error: textOf(error), isLoading: false }));
      },
    );
    return () => leaving.abort();
  }, [key]);
  return state;
}

/** The value as it was when it had not changed for some time: for texts that are being typed. */
export function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Whether a media query matches. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const update = () => setMatches(media.matches);
    update();
    media.addEventListener('change', update);
    return () => media.removeEventListener('change', update);
  }, [query]);
  return matches;
}

export const phone = '(max-width: 640px)';
