import type { CloudEvent } from '../../../service/contract/cloud-event.ts';
import { setParams } from '../../data/address.ts';
import { getJson } from '../../data/request.ts';
import { Empty, Failure, Loading } from '../../parts/controls.tsx';
import { EventRow } from '../../parts/event-row.tsx';
import { visible } from '../../parts/format.ts';
import { useLoaded } from '../../parts/hooks.ts';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Time in an id, which is a ULID: its first ten characters are epoch milliseconds. */
function timeOfId(id: string): number | undefined {
  const values = [...id.slice(0, 10)].map((digit) => digits.indexOf(digit));
  if (id.length !== 26 || values.includes(-1)) return undefined;
  return values.reduce((sum, value) => sum * 32 + value, 0);
}

async function findEvent(id: string, signal: AbortSignal): Promise<CloudEvent | undefined> {
  const ms = timeOfId(id);
  if (ms === undefined) return undefined;
  const period = { from: String(ms), to: String(ms + 1) };
  const page = await getJson<{ events: readonly CloudEvent[] }>(
    'events',
    { ...period, limit: 1_000 },
    signal,
  );
  return page.events.find((event) => event.id === id);
}

/** The event that the address names, with all of its fields. */
export function ChosenEvent({ id }: { id: string | undefined }) {
  const { value, error, isLoading } = useLoaded(id ?? '', (signal) => findEvent(id ?? '', signal));
  if (id === undefined) return null;
  if (error !== undefined) return <Failure text={error} />;
  if (isLoading) return <Loading />;
  const close = () => setParams({ event: undefined });
  if (!value || value.id !== id) {
    return (
      <Empty title="This event is not kept any more">
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </Empty>
    );
  }
  return (
    <section class="card chosen-event" aria-label="Event">
      <EventRow event={value} isChosen />
      <details>
        <summary>All fields</summary>
        <pre>{visibleLines(JSON.stringify(value, undefined, 2))}</pre>
      </details>
      <button type="button" class="quiet close" aria-label="Close the event" onClick={close}>
        ✕
      </button>
    </section>
  );
}

const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');
