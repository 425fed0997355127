import { useState } from 'preact/hooks';
import { getJson, sendJson, textOf } from '../../data/request.ts';
import { can } from '../../data/session.ts';
import { Failure } from '../../parts/controls.tsx';
import { plural, visible } from '../../parts/format.ts';
import { useLoaded } from '../../parts/hooks.ts';

type Letter = { readonly id: number; readonly reason: string };
type Retried = { readonly delivered: number; readonly rejected: number };

const shown = 5;

/** Records that the destination rejected, and why; they can be sent again. */
export function DeadLetters({ destination, count }: { destination: string; count: number }) {
  const [result, setResult] = useState<string>();
  const [error, setError] = useState<string>();
  const { value } = useLoaded(`${destination} ${count}`, (signal) =>
    getJson<{ deadLetters: readonly Letter[] }>(
      'dead-letters',
      { destination, limit: shown },
      signal,
    ),
  );
  const retry = async () => {
    setError(undefined);
    try {
      const response = await sendJson('POST', 'dead-letters/retry', { destination });
      const { delivered, rejected }: Retried = await response.json();
      setResult(`${delivered} delivered, ${rejected} rejected again.`);
    } catch (reason) {
      setError(textOf(reason));
    }
  };
  return (
    <div class="dead-letters">
      <p>
        <b>{plural(count, 'dead letter')}</b>
        {can('admin') && (
          <button type="button" onClick={retry}>
            Send again
          </button>
        )}
        {result !== undefined && <span role="status">{result}</span>}
      </p>
      <Failure text={error} />
      <ul class="muted">
        {value?.deadLetters.map(({ id, reason }) => (
          <li key={id}>
            {id}: <bdi>{visible(reason)}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}
