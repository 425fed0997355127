import type { InstanceResponse } from '../../../service/contract/api/instance.ts';
import { linkTo } from '../../data/address.ts';
import { getJson } from '../../data/request.ts';
import { Failure } from '../../parts/controls.tsx';
import { useLoaded, useSettled } from '../../parts/hooks.ts';
import { Link } from '../../parts/link.tsx';
import { Name } from '../../parts/name.tsx';
import { State } from '../../parts/state.tsx';
import { Ago } from '../../parts/time.tsx';

type Page = { readonly instances: readonly InstanceResponse[]; readonly next?: string };

const limit = 20;

/** Instances that contain the searched text, below the components that do. */
export function FoundInstances({ text }: { text: string }) {
  const settled = useSettled(text.trim());
  const { value, error } = useLoaded(settled, (signal) =>
    getJson<Page>('instances', { text: settled, limit }, signal),
  );
  if (text.trim() === '' || settled === '') return null;
  if (error !== undefined) return <Failure text={error} />;
  if (!value || value.instances.length === 0) return null;
  return (
    <section class="found" aria-label="Instances that match">
      <h2>
        Instances that match
        {value.next !== undefined && <span class="muted"> · the first {limit}</span>}
      </h2>
      <ul class="instance-rows">
        {value.instances.map((one) => {
          const { name, version, instance } = one;
          return (
            <li key={JSON.stringify([name, version, instance])}>
              <State state={one.state} />
              <Link to={linkTo('instance', { name, version, instance })}>
                <Name text={instance} />
              </Link>
              <span class="muted">
                <Name text={name} /> <Name text={version} />
              </span>
              <span class="muted end">
                <Ago at={one.lastBeat} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
