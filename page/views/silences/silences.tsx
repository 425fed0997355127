import { useState } from 'preact/hooks';
import type { SilenceResponse } from '../../../service/contract/api/silence.ts';
import { address, linkTo, setParams } from '../../data/address.ts';
import { recentEvents } from '../../data/live.ts';
import { getJson, sendJson } from '../../data/request.ts';
import { can } from '../../data/session.ts';
import { useStore } from '../../data/store.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { Choice, Empty, Failure, Loading } from '../../parts/controls.tsx';
import { visible } from '../../parts/format.ts';
import { useLoaded } from '../../parts/hooks.ts';
import { Link } from '../../parts/link.tsx';
import { Time } from '../../parts/time.tsx';
import { SilenceForm } from './silence-form.tsx';

type State = SilenceResponse['state'];
const silenceStates = ['active', 'pending', 'expired'] as const satisfies readonly State[];
const stateOf = (text: string | null): State | undefined =>
  silenceStates.find((one) => one === text);

/** Silences and maintenance windows: what notifications are suppressed for, and until when. */
export function SilencesView() {
  const { params } = useStore(address);
  const [version, setVersion] = useState(0);
  // A silence that begins or ends by itself leaves an event.
  const newest = useStore(recentEvents).find(({ data }) => data.kind.startsWith('silence.'));
  const state = stateOf(params.get('state'));
  const id = params.get('id');
  const { value, error } = useLoaded(
    JSON.stringify([version, newest?.id, state, id]),
    async (signal) => {
      if (id !== null)
        return [await getJson<SilenceResponse>(`silences/${encodeURIComponent(id)}`, {}, signal)];
      const page = await getJson<{ silences: readonly SilenceResponse[] }>(
        'silences',
        { state: state ?? 'active,pending', limit: 500 },
        signal,
      );
      return page.silences;
    },
  );
  const isAdding = params.get('add') !== null && can('admin');
  const reload = () => setVersion((before) => before + 1);
  return (
    <>
      <header class="title">
        <h1>Silences</h1>
        <span class="title-end">
          {can('admin') && !isAdding && (
            <Link to={linkTo('silences', { add: 1 })} class="button primary">
              Add a silence
            </Link>
          )}
        </span>
      </header>
      <p class="muted lead">
        A silence suppresses notifications. States change and events are logged as usual.
      </p>
      {isAdding && <SilenceForm onAdded={reload} />}
      <div class="toolbar">
        <Choice
          label="State"
          options={[
            ['', 'active and pending'],
            ['active', 'active'],
            ['pending', 'pending'],
            ['expired', 'expired'],
          ]}
          value={state ?? ''}
          onChange={(next) => setParams({ state: next, id: undefined })}
        />
        {id !== null && (
          <button type="button" class="chip" onClick={() => setParams({ id: undefined })}>
            one silence ✕
          </button>
        )}
      </div>
      <Failure text={error} />
      {!value && error === undefined && <Loading />}
      {value?.length === 0 && (
        <Empty title={state === 'expired' ? 'No silence has expired' : 'Nothing is silenced'} />
      )}
      <ul class="silences">
        {value?.map((silence) => (
          <Silence key={silence.id} silence={silence} onEnded={reload} />
        ))}
      </ul>
    </>
  );
}

type SilenceProps = { readonly silence: SilenceResponse; readonly onEnded: () => void };

function Silence({ silence, onEnded }: SilenceProps) {
  const { matchers, from, until, reason, author, source, state, ended, endedBy } = silence;
  return (
    <li class={`silence card ${state}`}>
      <div class="silence-head">
        <span class={`badge ${state}`}>{state}</span>
        <span class="matchers">
          {(['name', 'version', 'instance'] as const).map((key) => (
            <span key={key} class={`matcher ${matchers[key] === '*' ? 'any' : ''}`}>
              <span class="muted">{key}</span> <bdi>{visible(matchers[key])}</bdi>
            </span>
          ))}
        </span>
        {state !== 'expired' && source === 'api' && <EndButton id={silence.id} onEnded={onEnded} />}
      </div>
      <p class="silence-reason">
        <bdi>{visible(reason)}</bdi>
      </p>
      <p class="muted">
        <Time at={from} form="full" /> – <Time at={ended ?? until} form="full" /> ·{' '}
        <bdi>{visible(author)}</bdi>
        {source === 'configuration' && ' · maintenance window of the configuration'}
        {endedBy !== undefined && (
          <>
            {' '}
            · ended by <bdi>{visible(endedBy)}</bdi>
          </>
        )}
      </p>
    </li>
  );
}

/** Ends the silence after a second press. */
function EndButton({ id, onEnded }: { id: string; onEnded: () => void }) {
  if (!can('admin')) return null;
  const end = async () => {
    await sendJson('DELETE', `silences/${encodeURIComponent(id)}`);
    onEnded();
  };
  return <ConfirmButton label="End" act={end} />;
}
