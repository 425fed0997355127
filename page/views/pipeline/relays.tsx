import { useEffect, useState } from 'preact/hooks';
import type { RelayResponse } from '../../../service/contract/relays/relay.ts';
import { getJson } from '../../data/request.ts';
import { visible } from '../../parts/format.ts';
import { Ago, Time } from '../../parts/time.tsx';

const everyMs = 2_500;

/** Gates of relays: open, or why not. Nothing where no relay is configured. */
export function Relays() {
  const [relays, setRelays] = useState<readonly RelayResponse[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    const read = async () => {
      if (document.hidden) return;
      type Page = { readonly relays: readonly RelayResponse[] };
      // The view itself displays that the service cannot be reached.
      const page = await getJson<Page>('relays', {}, leaving.signal).catch(() => undefined);
      if (page) setRelays(page.relays);
    };
    void read();
    const timer = setInterval(() => void read(), everyMs);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, []);
  if (relays.length === 0) return null;
  return (
    <section aria-label="Relays">
      <h2>Relays</h2>
      <ul class="stages">
        {relays.map((relay) => (
          <RelayCard key={relay.name} relay={relay} />
        ))}
      </ul>
    </section>
  );
}

function levelOf({ state, bypass, lastError }: RelayResponse): string {
  if (state === 'closed') return 'bad';
  return bypass || lastError !== null ? 'warning' : 'good';
}

function RelayCard({ relay }: { relay: RelayResponse }) {
  const { name, state, since, reasons, bypass, lastEmitted, lastError } = relay;
  return (
    <li class={`card stage ${levelOf(relay)}`}>
      <h2>
        <span class="stage-dot" aria-hidden="true" />
        <bdi>{visible(name)}</bdi>
      </h2>
      <p>
        The gate is {state} since <Time at={since} />.
        {bypass && (
          <>
            {' '}
            Bypassed by <bdi>{visible(bypass.by)}</bdi> until <Time at={bypass.until} />:{' '}
            <bdi>{visible(bypass.reason)}</bdi>
          </>
        )}
      </p>
      {reasons.map((reason) => (
        <p key={reason}>{visible(reason)}</p>
      ))}
      <dl class="stage-facts">
        <div>
          <dt>last emission</dt>
          <dd>{lastEmitted === null ? 'none' : <Ago at={lastEmitted} />}</dd>
        </div>
        {lastError !== null && (
          <div>
            <dt>last error</dt>
            <dd>{visible(lastError)}</dd>
          </div>
        )}
      </dl>
    </li>
  );
}
