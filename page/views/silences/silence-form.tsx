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

type Draft = {
  readonly matchers: Readonly<Record<string, string>>;
  readonly seconds: string;
  readonly from: string;
  readonly reason: string;
  readonly author: string;
  readonly everything: boolean;
};

/** Body of the request; an empty field matches everything, an empty beginning is now. */
function bodyOf({ matchers, seconds, from, reason, author, everything }: Draft) {
  const given = Object.entries(matchers).filter(([, pattern]) => pattern !== '');
  return {
    ...{ matchers: Object.fromEntries(given), durationSeconds: Number(seconds) },
    ...{ reason, author },
    ...(from === '' ? {} : { from: new Date(from).toISOString() }),
    ...(everything ? { everything } : {}),
  };
}

/** Adds a silence; the patterns are in the address, so that other views can fill them in. */
export function SilenceForm({ onAdded }: { onAdded: () => void }) {
  const { params } = useStore(address);
  const matchers: Readonly<Record<string, string>> = Object.fromEntries(
    parts.map((key) => [key, params.get(key) ?? '']),
  );
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
    const draft = { matchers, seconds, from, reason, author, everything: isEverything };
    try {
      await sendJson('POST', 'silences', {}, bodyOf(draft));
      setParams({ add: undefined, name: undefined, version: undefined, instance: undefined });
      onAdded();
    } catch (failure) {
      setError(textOf(failure));
    }
  };

  return (
    <form class="silence-form card" onSubmit={add} aria-label="Add a silence">
      <MatcherFields matchers={matchers} />
      <Preview matchers={JSON.parse(settled)} />
      <div class="fields">
        <TimeFields from={from} onFrom={setFrom} seconds={seconds} onSeconds={setSeconds} />
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
      {isEverything && <Everything isChosen={everything} onChange={setEverything} />}
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

function MatcherFields({ matchers }: { matchers: Readonly<Record<string, string>> }) {
  return (
    <>
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
    </>
  );
}

type TimeFieldsProps = {
  readonly from: string;
  readonly onFrom: (text: string) => void;
  readonly seconds: string;
  readonly onSeconds: (text: string) => void;
};

function TimeFields({ from, onFrom, seconds, onSeconds }: TimeFieldsProps) {
  return (
    <>
      <label>
        <span>Begins</span>
        <input
          type="datetime-local"
          value={from}
          onInput={(event) => onFrom(event.currentTarget.value)}
          aria-describedby="begins-hint"
        />
        <small id="begins-hint" class="muted">
          Empty: now
        </small>
      </label>
      <label>
        <span>Lasts</span>
        <select value={seconds} onChange={(event) => onSeconds(event.currentTarget.value)}>
          {durations.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

type EverythingProps = { readonly isChosen: boolean; readonly onChange: (is: boolean) => void };

/** Confirmation of a silence without any pattern. */
function Everything({ isChosen, onChange }: EverythingProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isChosen}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      Silence everything
    </label>
  );
}
