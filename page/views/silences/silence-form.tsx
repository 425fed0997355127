import { useState } from 'preact/hooks';
import { address, setParams } from '../../data/address.ts';
import { sendJson, textOf } from '../../data/request.ts';
import { session } from '../../data/session.ts';
import { useStore } from '../../data/store.ts';
import { Failure } from '../../parts/controls.tsx';
import { useSettled } from '../../parts/hooks.ts';
import { Preview } from './preview.tsx';

const parts = ['name', 'version', 'instance'] as const;
const durations = [
  ['900', '15 minutes'],
  ['3600', '1 hour'],
  ['14400', '4 hours'],
  ['86400', '1 day'],
  ['604800', '1 week'],
] as const;

/** Adds a silence; the patterns are in the address, so that other views can fill them in. */
export function SilenceForm({ onAdded }: { onAdded: () => void }) {
  const { params } = useStore(address);
  const matchers = Object.fromEntries(parts.map((key) => [key, params.get(key) ?? '']));
  const settled = useSettled(JSON.stringify(matchers));
  const [seconds, setSeconds] = useState('3600');
  const [from, setFrom] = useState('');
  const [reason, setReason] = useState('');
  const [author, setAuthor] = useState(session.get()?.name ?? '');
  const [everything, setEverything] = useState(false);
  const [error, setError] = useState<string>();
  const isEverything = parts.every((key) => /^\**$/.test(matchers[key] ?? ''));

  const add = async (event: Event) => {
    event.preventDefault();
    setError(undefined);
    const given = parts.flatMap((key) => (matchers[key] ? [[key, matchers[key]]] : []));
    const begin = from === '' ? {} : { from: new Date(from).toISOString() };
    const body = {
      ...{ matchers: Object.fromEntries(given), durationSeconds: Number(seconds) },
      ...{ ...begin, reason, author },
      ...(isEverything ? { everything } : {}),
    };
    try {
      await sendJson('POST', 'silences', {}, body);
      setParams({ add: undefined, name: undefined, version: undefined, instance: undefined });
      onAdded();
    } catch (failure) {
      setError(textOf(failure));
    }
  };

  return (
    <form class="silence-form card" onSubmit={add} aria-label="Add a silence">
      <div class="fields">
        {parts.map((key) => (
          <label key={key}>
            <span>{key[0]?.toUpperCase() + key.slice(1)}</span>
            <input
              type="text"
              placeholder="*"
              maxLength={255}
              value={matchers[key]}
              onInput={(event) => setParams({ [key]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <p class="muted hint">
        <code>*</code> matches any characters, <code>?</code> exactly one. An empty field matches
        everything.
      </p>
      <Preview matchers={JSON.parse(settled)} />
      <div class="fields">
        <label>
          <span>Begins</span>
          <input
            type="datetime-local"
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
            aria-describedby="begins-hint"
          />
          <small id="begins-hint" class="muted">
            Empty: now
          </small>
        </label>
        <label>
          <span>Lasts</span>
          <select value={seconds} onChange={(event) => setSeconds(event.currentTarget.value)}>
            {durations.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Author</span>
          <input
            type="text"
            required
            maxLength={255}
            value={author}
            onInput={(event) => setAuthor(event.currentTarget.value)}
          />
        </label>
      </div>
      <label class="wide-field">
        <span>Reason</span>
        <input
          type="text"
          required
          maxLength={1_000}
          placeholder="Why no notification is needed"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      {isEverything && (
        <label class="check">
          <input
            type="checkbox"
            checked={everything}
            onChange={(event) => setEverything(event.currentTarget.checked)}
          />
          Silence everything
        </label>
      )}
      <Failure text={error} />
      <div class="form-end">
        <button type="button" class="quiet" onClick={() => setParams({ add: undefined })}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={isEverything && !everything}>
          Add the silence
        </button>
      </div>
    </form>
  );
}
