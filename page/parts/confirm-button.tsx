import { useState } from 'preact/hooks';
import { textOf } from '../data/request.ts';
import { Failure } from './controls.tsx';

/** A button that acts when it is pressed twice, and says beside it why an action failed. */
export function ConfirmButton({ label, act }: { label: string; act: () => Promise<void> }) {
  const [isArmed, setArmed] = useState(false);
  const [error, setError] = useState<string>();
  const press = async () => {
    if (!isArmed) return setArmed(true);
    try {
      await act();
      setArmed(false);
    } catch (reason) {
      setError(textOf(reason));
    }
  };
  return (
    <span class="action">
      <button
        type="button"
        class={isArmed ? 'danger' : ''}
        onClick={press}
        onBlur={() => setArmed(false)}
      >
        {isArmed ? `${label}: press again` : label}
      </button>
      <Failure text={error} />
    </span>
  );
}
